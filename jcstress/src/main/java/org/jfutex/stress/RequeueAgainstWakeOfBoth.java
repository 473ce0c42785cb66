package org.jfutex.stress;

import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * A requeue races with a thread that wakes the source and then the target. At each moment, the counter of at least one
 * of them must include the waiter. The outcome is (woken at the source, woken at the target, still queued anywhere).
 */
@JCStressTest
@Outcome(id = "1, 0, 0", expect = Expect.ACCEPTABLE, desc = "Woken before it could move.")
@Outcome(id = "0, 1, 0", expect = Expect.ACCEPTABLE, desc = "Moved, then woken at the target.")
@Outcome(id = "0, 0, 1", expect = Expect.FORBIDDEN, desc = "Found at neither word: both wakes are lost.")
@Outcome(id = "1, 1, 0", expect = Expect.FORBIDDEN, desc = "Found at both words: one waiter was woken twice.")
@State
public class RequeueAgainstWakeOfBoth {

    private static final long SOURCE = 0;
    private static final long TARGET = 4;

    private final FutexTable table = FutexTable.builder().buckets(2).build();
    private final FieldMemory memory = FieldMemory.unshared();
    final PreparedWait wait = table.prepare(memory, SOURCE, Scope.PRIVATE, 0);

    @Actor
    public void requeuer() {
        table.requeue(memory, SOURCE, TARGET, Scope.PRIVATE, 0, 1);
    }

    @Actor
    public void waker(III_Result r) {
        r.r1 = table.wake(memory, SOURCE, Scope.PRIVATE, 1);
        r.r2 = table.wake(memory, TARGET, Scope.PRIVATE, 1);
    }

    @Arbiter
    public void end(III_Result r) {
        r.r3 = table.waiterCount(memory, SOURCE, Scope.PRIVATE) + table.waiterCount(memory, TARGET, Scope.PRIVATE);
    }
}

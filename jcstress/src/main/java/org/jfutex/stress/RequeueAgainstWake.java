package org.jfutex.stress;

import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.key.WordSize;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * A broadcast that moves the waiter to a lock, against whoever changes the compared word and then wakes the lock's waiters.
 *
 * <p>The outcome is (moved, woken, still queued anywhere). The requeue counts itself in at its target before it compares, so a waker that
 * finds nobody at the target has written the word early enough for the comparison to see it.
 */
@JCStressTest
@Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "Moved, then woken at the target.")
@Outcome(
        id = "0, 0, 1",
        expect = Expect.ACCEPTABLE,
        desc = "The word had changed: nothing moved, the waiter is where it was.")
@Outcome(id = "1, 0, 1", expect = Expect.FORBIDDEN, desc = "Moved behind the back of the waker, which found nobody.")
@State
public class RequeueAgainstWake {

    private static final long CONDITION = 0;
    private static final long LOCK = 4;

    private final FutexTable table = FutexTable.builder().buckets(2).build();
    private final FieldMemory memory = FieldMemory.unshared();
    final PreparedWait wait = table.prepare(memory, CONDITION, Scope.PRIVATE, 0);

    @Actor
    public void requeuer(III_Result r) {
        r.r1 = table.compareAndRequeue(memory, CONDITION, LOCK, Scope.PRIVATE, WordSize.U32, 0, 1, 0)
                .moved();
    }

    @Actor
    public void waker(III_Result r) {
        memory.first = 1;
        r.r2 = table.wake(memory, LOCK, Scope.PRIVATE, 1);
    }

    @Arbiter
    public void end(III_Result r) {
        r.r3 = table.waiters(memory, CONDITION, Scope.PRIVATE) + table.waiters(memory, LOCK, Scope.PRIVATE);
    }
}

package org.jfutex.stress;

import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A woken thread sees the waker's earlier writes. The outcome is (woken, the value that was read). */
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Not woken yet; nothing is promised.")
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "Not woken yet, but the write was already visible.")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Woken, and the write is visible.")
@Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "Woken, and the write is not visible.")
@State
public class WakePublishes {

    private final FutexTable table = FutexTable.builder().buckets(2).build();
    private final FieldMemory memory = FieldMemory.unshared();
    private final PreparedWait wait = table.prepare(memory, 0, Scope.PRIVATE, 0);
    private int data;

    @Actor
    public void waker() {
        data = 1;
        table.wake(memory, 0, Scope.PRIVATE, 1);
    }

    @Actor
    public void waiter(II_Result r) {
        r.r1 = wait.poll() == WaitResult.WOKEN ? 1 : 0;
        r.r2 = data;
    }
}

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

/**
 * A wake and a cancel of one waiter: exactly one of them ends the wait, and both report which one. The outcome is
 * (wakes, ended as woken).
 */
@JCStressTest
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "The wake came first, and the cancel reports it.")
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "The cancel came first, and the wake found no waiter.")
@Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "A wake was counted, but the wait was cancelled.")
@Outcome(id = "0, 1", expect = Expect.FORBIDDEN, desc = "The wait ended as woken without a counted wake.")
@State
public class WakeAgainstCancel {

    private final FutexTable table = FutexTable.builder().buckets(2).build();
    private final FieldMemory memory = FieldMemory.unshared();
    private final PreparedWait wait = table.prepare(memory, 0, Scope.PRIVATE, 0);

    @Actor
    public void waker(II_Result r) {
        r.r1 = table.wake(memory, 0, Scope.PRIVATE, 1);
    }

    @Actor
    public void canceller(II_Result r) {
        r.r2 = wait.cancel() == WaitResult.WOKEN ? 1 : 0;
    }
}

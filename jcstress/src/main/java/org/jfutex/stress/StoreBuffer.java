package org.jfutex.stress;

import java.lang.invoke.VarHandle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * The store-buffering litmus test behind {@link NoWaiters}: a counter, a word, and the fence (B) between them or
 * not.
 *
 * <p>The outcome is (the counter that the waker read, the word that the waiter read). The mutant of the table loses one
 * wake in some thousand tries. This mutant fails in any short run. If it does not, the build fails, because the tool
 * then detects no reordering on that machine.
 */
public class StoreBuffer {

    private StoreBuffer() {}

    @JCStressTest
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "The waker was first, and the waiter reads the new word.")
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "The waiter was first, and the waker reads the counter.")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Each reads the other's write.")
    @Outcome(id = "0, 0", expect = Expect.FORBIDDEN, desc = "Neither reads the other's write.")
    @State
    public static class Fenced {
        private int word;
        private volatile int waiters;

        @Actor
        public void waker(II_Result r) {
            word = 1;
            VarHandle.fullFence();
            r.r1 = waiters;
        }

        @Actor
        public void waiter(II_Result r) {
            waiters = 1;
            r.r2 = word;
        }
    }

    /** The mutant: the test without the fence. */
    @JCStressTest
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "The waker was first, and the waiter reads the new word.")
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "The waiter was first, and the waker reads the counter.")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Each reads the other's write.")
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE_INTERESTING, desc = "The wake is lost for want of the fence.")
    @State
    public static class Unfenced {
        private int word;
        private volatile int waiters;

        @Actor
        public void waker(II_Result r) {
            word = 1;
            r.r1 = waiters;
        }

        @Actor
        public void waiter(II_Result r) {
            waiters = 1;
            r.r2 = word;
        }
    }
}

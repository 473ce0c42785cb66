package org.jfutex.stress;

import java.lang.invoke.VarHandle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * The shape of {@link NobodyWaiting} and nothing else: a counter, a word, and the fence (B) between them or not.
 *
 * <p>The outcome is (the counter that the waker saw, the word that the waiter saw). The table's own twin loses a wake in some thousand
 * tries; this one does so in any short run, and the build fails if it does not, since then the tool is blind on that machine.
 */
public class StoreBuffer {

    private StoreBuffer() {}

    @JCStressTest
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "The waker was first, and the waiter sees the word.")
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "The waiter was first, and the waker sees the counter.")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Both see each other.")
    @Outcome(id = "0, 0", expect = Expect.FORBIDDEN, desc = "Neither saw the other.")
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

    /** The twin. */
    @JCStressTest
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "The waker was first, and the waiter sees the word.")
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "The waiter was first, and the waker sees the counter.")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Both see each other.")
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE_INTERESTING, desc = "The wake that the fence saves is lost.")
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

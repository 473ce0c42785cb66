package org.jfutex.model;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.function.Supplier;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jfutex.FutexTable;
import org.jfutex.PiTask;
import org.jfutex.SpinPolicy;
import org.jspecify.annotations.Nullable;

/**
 * Two or three threads whose interleavings Lincheck tries out: those with the fewest switches first, until all are done or a limit is
 * reached.
 *
 * <p>A hang is a failure, and so is whatever {@link #end} or a thread throws. Lincheck runs threads as if memory were sequentially consistent,
 * and lets every park return by itself; what that hides is the business of the jcstress tests and of {@link UnparkTest}.
 */
abstract class Scenario {

    /*
     * What Lincheck 3.7 overlooks, found out with twins. A lambda's captured variables: it takes what only they lead to for one thread's own,
     * so threads here are objects with fields. An object made by a method reference, as in Mutex::new: it does not see what happens to its
     * fields; a lambda with new in it will do. Thread.join called on a subclass: it hangs. An exception that ends a thread: so it is handed
     * over to end(). Thread.run called on a thread that has been started: it takes it for another. AtomicInteger.compareAndExchange: no switch there. A class loader other than the application's: it hangs.
     */

    static final long A = 0;
    static final long B = 4;

    /** How many interleavings the deep form tries at the most, instead of what a test says. */
    private static final int DEEP = Integer.getInteger("jfutex.lincheck.most", 100_000);

    static final boolean IS_DEEP = "deep".equals(System.getProperty("jfutex.lincheck"));

    static {
        initializeLibrary();
    }

    final Ticks clock = new Ticks();
    final FutexTable table = FutexTable.builder()
            .buckets(2)
            .spinPolicy(SpinPolicy.NONE)
            .clock(clock)
            .tasks(tid -> task(tid))
            .build();
    final Words memory = new Words();
    private final Thread[] threads; // but the last part runs on Lincheck's own

    Scenario(int threads) {
        this.threads = new Thread[threads - 1];
    }

    /**
     * Makes a table outside of the model checker. The first table of a process probes the stack by a recursion, which Lincheck
     * reports as a livelock.
     */
    static void initializeLibrary() {
        FutexTable.builder().build();
    }

    /** What the first thread does. */
    abstract void first() throws Exception;

    abstract void second() throws Exception;

    void third() throws Exception {}

    /** The task of a thread id, null if there is none. */
    @Nullable
    PiTask task(int tid) {
        return null;
    }

    /** Looks at the outcome when all have ended. */
    void end() throws Exception {}

    final void interruptFirst() {
        threads[0].interrupt();
    }

    /** Tries a scenario's interleavings, none of which may fail. */
    static void holds(int most, Supplier<Scenario> scenario) {
        holdsQuickly(IS_DEEP ? DEEP : most, scenario);
    }

    /** The quick form always: for a twin without a bug. */
    static void holdsQuickly(int most, Supplier<Scenario> scenario) {
        Lincheck.runConcurrentTest(most, () -> scenario.get().play());
    }

    /** Tries a broken scenario's interleavings, one of which must fail. */
    static void fails(String bug, Supplier<Scenario> scenario) {
        assertThrows(
                LincheckAssertionError.class,
                () -> Lincheck.runConcurrentTest(2_000, () -> scenario.get().play()),
                () -> "the model checker does not see " + bug);
    }

    private void play() {
        Part[] parts = new Part[threads.length + 1];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = new Part(this, i);
            if (i < threads.length) {
                threads[i] = parts[i];
            }
        }
        for (Thread t : threads) {
            t.start();
        }
        parts[threads.length].play(); // on this thread, which has nothing else to do
        try {
            for (Thread t : threads) {
                t.join();
            }
            for (Part p : parts) {
                if (p.thrown != null) {
                    throw new AssertionError(p.thrown);
                }
            }
            end();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static final class Part extends Thread {

        private final Scenario scenario;
        private final int number;
        private volatile @Nullable Throwable thrown;

        Part(Scenario scenario, int number) {
            this.scenario = scenario;
            this.number = number;
        }

        @Override
        public void run() {
            play();
        }

        void play() {
            try {
                switch (number) {
                    case 0 -> scenario.first();
                    case 1 -> scenario.second();
                    default -> scenario.third();
                }
            } catch (Exception | AssertionError e) {
                thrown = e;
            }
        }
    }
}

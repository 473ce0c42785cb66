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
 * Two or three threads whose interleavings Lincheck tries: those with the fewest switches first, until all are done or
 * a limit is reached.
 *
 * <p>A hang is a failure, and so is an exception of {@link #end} or of a thread. Lincheck runs threads as if memory
 * were sequentially consistent, and lets every park return spuriously. The jcstress tests and {@link UnparkTest} cover
 * the faults that this hides.
 */
abstract class Scenario {

    /*
     * Limits of Lincheck 3.7, found with mutants:
     *
     *   - It treats objects that only a lambda's captured variables reach as thread-local. So threads here are objects
     *     with fields.
     *   - It does not track the fields of an object that a method reference creates, such as Mutex::new. A lambda that
     *     calls new is tracked.
     *   - Thread.join on a subclass of Thread hangs.
     *   - It ignores an exception that ends a thread. So the exception is passed to end().
     *   - It takes a call of Thread.run on a started thread for another thread.
     *   - It does not switch threads at AtomicInteger.compareAndExchange.
     *   - With a class loader other than the application's, it hangs.
     */

    static final long A = 0;
    static final long B = 4;

    /** The greatest number of interleavings in the deep form, in place of the test's own limit. */
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
    private final Thread[] threads; // the last part runs on Lincheck's own thread

    Scenario(int threads) {
        this.threads = new Thread[threads - 1];
    }

    /**
     * Makes a table outside of the model checker. The first table of a process probes the stack by a recursion, which
     * Lincheck reports as a livelock.
     */
    static void initializeLibrary() {
        FutexTable.builder().build();
    }

    /** Runs the part of the first thread. */
    abstract void first() throws Exception;

    abstract void second() throws Exception;

    void third() throws Exception {}

    /** Returns the task with a thread id, or null if there is none. */
    @Nullable
    PiTask task(int tid) {
        return null;
    }

    /** Checks the outcome after all threads have ended. */
    void end() throws Exception {}

    final void interruptFirst() {
        threads[0].interrupt();
    }

    /** Tries the interleavings of a scenario, none of which may fail. */
    static void holds(int most, Supplier<Scenario> scenario) {
        holdsQuickly(IS_DEEP ? DEEP : most, scenario);
    }

    /** Tries the quick form even if the deep form is requested, for a mutant without a bug. */
    static void holdsQuickly(int most, Supplier<Scenario> scenario) {
        Lincheck.runConcurrentTest(most, () -> scenario.get().play());
    }

    /** Tries the interleavings of a broken scenario, one of which must fail. */
    static void fails(String bug, Supplier<Scenario> scenario) {
        assertThrows(
                LincheckAssertionError.class,
                () -> Lincheck.runConcurrentTest(2_000, () -> scenario.get().play()),
                () -> "the model checker does not detect " + bug);
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
        parts[threads.length].play(); // on this thread, which is idle otherwise
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

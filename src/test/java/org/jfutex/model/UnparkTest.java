package org.jfutex.model;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jfutex.FutexTable;
import org.jfutex.SpinPolicy;
import org.jfutex.WaitResult;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Tests that a wake unparks a real sleeper. The model checker lets every park return spuriously, so only threads that
 * really sleep detect a lost unpark.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // one writer
class UnparkTest {

    private static final int ROUNDS = 20_000;
    private static final long PATIENCE = 1_000_000_000L;

    @Test
    void everyWake_unparksItsSleeper() throws Exception {
        assertTrue(allWake(ROUNDS, null));
        assertTrue(allWake(ROUNDS, MutantFutex.Bug.NONE));
    }

    @Test
    void mutantWithUnknownSleeper_sleepsOn() throws Exception {
        assertFalse(allWake(ROUNDS, MutantFutex.Bug.SLEEPER_UNKNOWN), "the mutant was not detected");
    }

    @Test
    void unrelatedPermit_isNotAWake() throws Exception {
        assertTrue(sleepsDespiteAPermit(null));
        assertTrue(sleepsDespiteAPermit(MutantFutex.Bug.NONE));
        assertFalse(sleepsDespiteAPermit(MutantFutex.Bug.BELIEVES_PARK), "the mutant was not detected");
    }

    private static Futexes futexes(MutantFutex.@Nullable Bug bug) {
        Words memory = new Words();
        return bug == null
                ? Futexes.of(FutexTable.builder().spinPolicy(SpinPolicy.NONE).build(), memory)
                : new MutantFutex(bug, memory, new Ticks());
    }

    /** Returns whether a thread sleeps on a wait of the library or a mutant. It may also wait briefly for the JVM. */
    private static boolean isAsleep(Thread thread) {
        Object blocker = LockSupport.getBlocker(thread);
        return blocker != null
                && blocker.getClass().getPackageName().startsWith("org.jfutex")
                && thread.getState() == Thread.State.WAITING;
    }

    /** Lets a thread sleep that has an unrelated park permit. Returns whether it sleeps until it is woken. */
    @SuppressWarnings("ThreadPriorityCheck") // yields while it waits for another thread to sleep
    private static boolean sleepsDespiteAPermit(MutantFutex.@Nullable Bug bug) throws InterruptedException {
        Futexes futexes = futexes(bug);
        Thread sleeper = new Thread(() -> {
            LockSupport.unpark(Thread.currentThread());
            try {
                futexes.prepare(0).await(Futexes.NEVER);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        sleeper.start();
        while (sleeper.isAlive() && !isAsleep(sleeper)) {
            Thread.yield();
        }
        TimeUnit.NANOSECONDS.timedJoin(sleeper, PATIENCE); // a thread that consumes the permit is briefly WAITING, too
        boolean asleep = sleeper.isAlive();
        futexes.wake(0, 1);
        sleeper.join();
        return asleep;
    }

    /** Wakes a thread {@code rounds} times. Returns whether it always woke. */
    private static boolean allWake(int rounds, MutantFutex.@Nullable Bug bug) throws InterruptedException {
        Sleeper sleeper = new Sleeper(futexes(bug), rounds);
        sleeper.start();
        for (int i = 1; i <= rounds; i++) {
            while (sleeper.futexes.wake(0, 1) == 0) {
                Thread.onSpinWait();
            }
            long start = System.nanoTime();
            while (sleeper.woken < i) {
                if (System.nanoTime() - start > PATIENCE) {
                    sleeper.interrupt();
                    sleeper.join();
                    return false;
                }
                Thread.onSpinWait();
            }
        }
        sleeper.join();
        return true;
    }

    private static final class Sleeper extends Thread {

        final Futexes futexes;
        private final int rounds;
        volatile int woken;

        Sleeper(Futexes futexes, int rounds) {
            this.futexes = futexes;
            this.rounds = rounds;
        }

        @Override
        public void run() {
            try {
                while (woken < rounds && futexes.prepare(0).await(Futexes.NEVER) == WaitResult.WOKEN) {
                    woken++;
                }
            } catch (InterruptedException e) {
                // the test has given up on this thread
            }
        }
    }
}

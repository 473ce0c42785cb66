package org.jfutex.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.time.Deadline;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FutexSemaphoreTest {

    private final VirtualClock clock = new VirtualClock();
    private final WordPlacement.Side words = WordPlacement.privateWords(clock);
    private final FutexSemaphore semaphore = words.semaphore(0);

    static List<Threads> kinds() {
        return Threads.available();
    }

    private Threads.Running acquirer(Threads kind) {
        int before = words.waiters(0);
        Threads.Running running = kind.start(semaphore::acquire);
        words.untilWaiters(0, before + 1);
        return running;
    }

    @Test
    void zeroIsASemaphoreWithoutPermits() throws Exception {
        assertEquals(0, semaphore.availablePermits());
        assertFalse(semaphore.tryAcquire());
        assertFalse(semaphore.tryAcquire(0, TimeUnit.SECONDS));
        assertEquals(0, words.load(0));
        semaphore.release(3);
        semaphore.acquire();
        semaphore.acquireUninterruptibly();
        assertTrue(semaphore.tryAcquire());
        assertFalse(semaphore.tryAcquire());
        assertEquals(0, words.load(0));
    }

    @Test
    void release_negativeOrTooMany_isRejected() {
        assertThrows(IllegalArgumentException.class, () -> semaphore.release(-1));
        semaphore.release(0);
        semaphore.release(Integer.MAX_VALUE);
        String reason =
                assertThrows(IllegalStateException.class, semaphore::release).getMessage();
        assertEquals("1 more permits than the present 2147483647 exceed the maximum", reason);
        assertEquals(Integer.MAX_VALUE, semaphore.availablePermits());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void releaseWakesASleeper(Threads kind) throws Exception {
        Threads.Running sleeper = acquirer(kind);
        assertEquals(-1, words.load(0));
        assertEquals(0, semaphore.availablePermits());
        semaphore.release();
        sleeper.join();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void releaseOfSeveralReachesAsManySleepers(Threads kind) throws Exception {
        List<Threads.Running> sleepers = List.of(acquirer(kind), acquirer(kind), acquirer(kind));
        semaphore.release(3);
        for (Threads.Running sleeper : sleepers) {
            sleeper.join();
        }
        assertEquals(0, semaphore.availablePermits());
    }

    /**
     * The second release finds the word at 1, not at -1, and wakes no thread. The woken thread must wake the next one.
     */
    @Test
    void release_twiceBeforeWokenRuns_bothAcquire() throws Exception {
        for (int round = 0; round < 500; round++) {
            Threads.Running first = acquirer(Threads.PLATFORM);
            Threads.Running second = acquirer(Threads.PLATFORM);
            semaphore.release();
            semaphore.release();
            first.join();
            second.join();
        }
    }

    /** Shows the hazard: if the woken thread wakes no other, a permit is free while a thread sleeps. */
    @Test
    void mutantWithoutForwarding_twoReleases_sleeperIsForgotten() throws Exception {
        FutexWord word = new FutexWord(words.table(), words.memory(), words.address(0), words.scope());
        List<Threads.Running> sleepers = new ArrayList<>();
        for (int i = 1; i <= 2; i++) {
            sleepers.add(Threads.PLATFORM.start(() -> {
                while (!semaphore.tryAcquire()) { // the error: it ignores that it was woken
                    word.compareAndSet(0, -1);
                    word.sleep(-1, Deadline.NEVER);
                }
            }));
            words.untilWaiters(0, i);
        }
        words.store(0, 2); // two releases, of which the first wakes
        words.wake(0);
        sleepers.get(0).join();
        assertEquals(1, semaphore.availablePermits());
        assertEquals(1, words.waiters(0));
        words.wake(0);
        sleepers.get(1).join();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void tryAcquire_timePasses_returnsFalse(Threads kind) throws Exception {
        Threads.Running sleeper = kind.start(() -> assertFalse(semaphore.tryAcquire(1, TimeUnit.HOURS)));
        words.untilWaiters(0, 1);
        clock.advance(TimeUnit.HOURS.toNanos(1));
        sleeper.join();
        semaphore.release();
        assertTrue(semaphore.tryAcquire());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void acquire_interrupted_permitIsForOthers(Threads kind) throws Exception {
        Threads.Running first = kind.start(() -> assertThrows(InterruptedException.class, semaphore::acquire));
        words.untilWaiters(0, 1);
        Threads.Running second = acquirer(kind);
        first.thread.interrupt();
        first.join();
        semaphore.release();
        second.join();
    }

    @Test
    void acquire_interruptPending_takesNoPermit() {
        semaphore.release();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, semaphore::acquire);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> semaphore.tryAcquire(1, TimeUnit.SECONDS));
        assertEquals(1, semaphore.availablePermits());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void interruptStaysPendingOverAnUninterruptibleAcquire(Threads kind) throws Exception {
        Threads.Running sleeper = kind.start(() -> {
            semaphore.acquireUninterruptibly();
            assertTrue(Thread.interrupted());
        });
        words.untilWaiters(0, 1);
        sleeper.thread.interrupt();
        semaphore.release();
        sleeper.join();
    }

    static List<Object[]> contests() {
        return Contest.placesAndKinds();
    }

    @ParameterizedTest
    @MethodSource("contests")
    void noMoreThanItsPermitsAreOut(WordPlacement place, Threads kind) throws Exception {
        place.here().semaphore(9).release(3);
        AtomicInteger out = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Contest.run(kind, 8, place, (side, me) -> {
            FutexSemaphore s = side.semaphore(9);
            for (int i = 0; i < 10_000; i++) {
                s.acquire();
                most.accumulateAndGet(out.incrementAndGet(), Math::max);
                out.decrementAndGet();
                s.release();
            }
        });
        assertTrue(most.get() <= 3, () -> most + " at once");
        assertEquals(3, place.here().semaphore(9).availablePermits());
        assertEquals(0, place.here().waiters(9));
    }

    /** Two semaphores synchronize the ends of a pipe. A lost wake would stop it. */
    @ParameterizedTest
    @MethodSource("contests")
    void permitsAreConservedUnderInterruptsAndTimeouts(WordPlacement place, Threads kind) throws Exception {
        int things = 30_000;
        AtomicInteger taken = new AtomicInteger();
        Thread[] threads = new Thread[8];
        Contest.run(kind, 8, place, (side, me) -> {
            threads[me] = Thread.currentThread();
            FutexSemaphore s = side.semaphore(10);
            if (me < 3) {
                for (int i = 0; i < things; i += 1 + i % 2) {
                    s.release(1 + i % 2);
                    Thread victim = threads[3 + i % 3];
                    if (victim != null && i % 16 == 0) {
                        victim.interrupt();
                    }
                }
                return;
            }
            while (taken.get() < 3 * things) {
                if (me >= 6) {
                    s.acquireUninterruptibly();
                    taken.incrementAndGet();
                } else if (acquiredInTime(s, me)) {
                    taken.incrementAndGet();
                }
            }
            s.release(); // lets the next patient thread end
        });
        assertEquals(0, place.here().waiters(10));
    }

    /** Failures that prevent a thread from waking the next one, which would acquire the other permit. */
    @Test
    void acquire_failure_takesNoPermit() throws Exception {
        boolean failed = true;
        for (int call = 0; failed; call++) {
            int failing = call;
            Faults faults = new Faults();
            FutexTable table = FutexTable.builder().clock(faults.clock).build();
            FutexSemaphore permits = new FutexSemaphore(table, faults.memory, 0, Scope.SHARED);
            faults.whenAsleep(() -> {
                permits.release(2);
                faults.failAt(failing, () -> new IllegalStateException("planned"));
            });
            boolean taken = false;
            try {
                taken = permits.tryAcquire(1, TimeUnit.SECONDS);
            } catch (IllegalStateException planned) {
                assertEquals("planned", planned.getMessage());
            }
            failed = faults.haveComeTrue();
            faults.work();
            assertEquals(taken ? 1 : 2, permits.availablePermits(), "call " + call);
            assertTrue(failed || call > 2);
        }
    }

    private static boolean acquiredInTime(FutexSemaphore s, int micros) {
        try {
            return s.tryAcquire(micros, TimeUnit.MICROSECONDS);
        } catch (InterruptedException e) {
            return false;
        }
    }
}

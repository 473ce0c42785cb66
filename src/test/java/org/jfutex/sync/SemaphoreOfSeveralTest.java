package org.jfutex.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests that several permits are acquired in one step, and that threads that wait for several do not delay other
 * threads.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SemaphoreOfSeveralTest {

    private final VirtualClock clock = new VirtualClock();
    private final WordPlacement.Side words = WordPlacement.privateWords(clock);
    private final FutexSemaphore semaphore = words.semaphore(0);

    static List<Threads> kinds() {
        return Threads.available();
    }

    private Threads.Running acquirer(Threads kind, int permits) {
        int before = words.waiters(0);
        Threads.Running running = kind.start(() -> semaphore.acquire(permits));
        words.untilWaiters(0, before + 1);
        return running;
    }

    @Test
    void severalPermits_areTakenInOneStepOrNotAtAll() throws Exception {
        semaphore.release(3);
        assertFalse(semaphore.tryAcquire(4));
        assertFalse(semaphore.tryAcquire(4, 0, TimeUnit.SECONDS));
        assertEquals(3, semaphore.availablePermits());
        assertTrue(semaphore.tryAcquire(2));
        semaphore.acquire(1);
        assertEquals(0, semaphore.availablePermits());
        semaphore.acquire(0);
        semaphore.acquireUninterruptibly(0);
        assertTrue(semaphore.tryAcquire(0));
        assertEquals(0, words.load(0));
    }

    @Test
    void drain_takesAllPermits() {
        assertEquals(0, semaphore.drainPermits());
        semaphore.release(Integer.MAX_VALUE);
        assertEquals(Integer.MAX_VALUE, semaphore.drainPermits());
        assertEquals(0, semaphore.availablePermits());
    }

    @Test
    void negativeNumbers_areRefused() {
        semaphore.release(1);
        assertThrows(IllegalArgumentException.class, () -> semaphore.acquire(-1));
        assertThrows(IllegalArgumentException.class, () -> semaphore.acquireUninterruptibly(-1));
        assertThrows(IllegalArgumentException.class, () -> semaphore.tryAcquire(-1));
        assertThrows(IllegalArgumentException.class, () -> semaphore.tryAcquire(-1, 1, TimeUnit.SECONDS));
        assertEquals(1, semaphore.availablePermits());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void threadThatWaitsForMany_leavesPermitsToThoseThatNeedFewer(Threads kind) throws Exception {
        Threads.Running many = acquirer(kind, 5);
        Threads.Running few = acquirer(kind, 2);
        Threads.Running one = acquirer(kind, 1);
        semaphore.release(1);
        one.join();
        semaphore.release(2);
        few.join();
        assertFalse(many.isOver());
        semaphore.release(4);
        words.untilWaiters(0, 1);
        assertTrue(semaphore.tryAcquire(4), "a newcomer takes what is too little for the sleeper");
        semaphore.release(5);
        many.join();
        assertEquals(0, semaphore.availablePermits());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void threadThatWaitsForMany_findsPermitsThatComeOneByOne(Threads kind) throws Exception {
        Threads.Running many = acquirer(kind, 50);
        for (int i = 0; i < 50; i++) {
            semaphore.release();
        }
        many.join();
        assertEquals(0, semaphore.availablePermits());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void waitForMany_endsByTimeAndInterrupt(Threads kind) throws Exception {
        semaphore.release(2);
        Threads.Running timed = kind.start(() -> assertFalse(semaphore.tryAcquire(3, 1, TimeUnit.HOURS)));
        words.untilWaiters(0, 1);
        Threads.Running interrupted =
                kind.start(() -> assertThrows(InterruptedException.class, () -> semaphore.acquire(3)));
        words.untilWaiters(0, 2);
        clock.advance(TimeUnit.HOURS.toNanos(1));
        timed.join();
        interrupted.thread.interrupt();
        interrupted.join();
        assertEquals(2, semaphore.availablePermits());
        assertEquals(2, semaphore.drainPermits());
    }

    static List<Object[]> contests() {
        return Contest.placesAndKinds();
    }

    @ParameterizedTest
    @MethodSource("contests")
    void permitsAreConserved_whateverNumbersThreadsTake(WordPlacement place, Threads kind) throws Exception {
        int all = 7;
        place.here().semaphore(20).release(all);
        AtomicInteger out = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        Contest.run(kind, 8, place, (side, me) -> {
            FutexSemaphore s = side.semaphore(20);
            synchronized (threads) {
                threads.add(Thread.currentThread());
            }
            for (int i = 0; i < 3_000; i++) {
                int n = 1 + (i * 5 + me) % all;
                if (me % 4 == 0 && i % 64 == 0) {
                    synchronized (threads) {
                        threads.get(i / 64 % threads.size()).interrupt();
                    }
                }
                if (me % 4 == 1) {
                    if (!acquiredInTime(s, n)) {
                        continue;
                    }
                } else if (me == 2 && i % 16 == 0) {
                    n = s.drainPermits();
                } else {
                    s.acquireUninterruptibly(n);
                }
                most.accumulateAndGet(out.addAndGet(n), Math::max);
                out.addAndGet(-n);
                s.release(n);
            }
            Thread.interrupted();
        });
        assertTrue(most.get() <= all, () -> most + " at once");
        assertEquals(all, place.here().semaphore(20).availablePermits());
        assertEquals(0, place.here().waiters(20));
    }

    private static boolean acquiredInTime(FutexSemaphore s, int n) {
        try {
            return s.tryAcquire(n, 20, TimeUnit.MICROSECONDS);
        } catch (InterruptedException e) {
            return false;
        }
    }
}

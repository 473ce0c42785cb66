package org.jfutex.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FutexOnceTest {

    private final VirtualClock clock = new VirtualClock();
    private final WordPlacement.Side words = WordPlacement.privateWords(clock);
    private final FutexOnce once = words.once(0);
    private final FutexLatch running = words.latch(10);
    private final FutexSemaphore mayEnd = words.semaphore(11);
    private int count;

    static List<Threads> kinds() {
        return Threads.available();
    }

    /** Starts a thread whose action runs until {@code mayEnd}. */
    private Threads.Running slow(Threads kind, Runnable last) throws Exception {
        running.arm(1);
        Threads.Running first = kind.start(() -> once.run(() -> {
            count++;
            running.countDown();
            mayEnd.acquireUninterruptibly();
            last.run();
        }));
        running.await();
        return first;
    }

    @Test
    void secondCallDoesNothing() throws Exception {
        once.run(() -> count++);
        once.run(() -> count++);
        once.runInterruptibly(() -> count++);
        assertTrue(once.run(() -> count++, 0, TimeUnit.SECONDS));
        assertEquals(1, count);
        assertTrue(words.once(0).isDone());
        assertEquals(3, words.load(0));
    }

    @Test
    void actionThatThrowsHasNotBeenDone() {
        IllegalStateException thrown = new IllegalStateException();
        assertSame(
                thrown,
                assertThrows(
                        IllegalStateException.class,
                        () -> once.run(() -> {
                            throw thrown;
                        })));
        assertFalse(once.isDone());
        once.run(() -> count++);
        assertEquals(1, count);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void othersWaitUntilItIsDone(Threads kind) throws Exception {
        Threads.Running first = slow(kind, () -> {});
        List<Threads.Running> others =
                List.of(kind.start(() -> once.run(() -> count++)), kind.start(() -> once.run(() -> count++)));
        words.untilWaiters(0, 2);
        assertEquals(2, words.load(0));
        mayEnd.release();
        first.join();
        for (Threads.Running other : others) {
            other.join();
        }
        assertEquals(1, count);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void run_actionThrows_anotherThreadRuns(Threads kind) throws Exception {
        Threads.Running first = slow(kind, () -> {
            throw new IllegalStateException("not today");
        });
        List<Threads.Running> others =
                List.of(kind.start(() -> once.run(() -> count++)), kind.start(() -> once.run(() -> count++)));
        words.untilWaiters(0, 2);
        mayEnd.release();
        assertThrows(Exception.class, first::join);
        for (Threads.Running other : others) {
            other.join();
        }
        assertEquals(2, count);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void timeAndInterruptEndAWaitForAnother(Threads kind) throws Exception {
        Threads.Running first = slow(kind, () -> {});
        Threads.Running timed = kind.start(() -> assertFalse(once.run(() -> count++, 1, TimeUnit.SECONDS)));
        Threads.Running interrupted =
                kind.start(() -> assertThrows(InterruptedException.class, () -> once.runInterruptibly(() -> count++)));
        Threads.Running stubborn = kind.start(() -> {
            once.run(() -> count++);
            assertTrue(Thread.interrupted());
        });
        words.untilWaiters(0, 3);
        clock.advance(TimeUnit.SECONDS.toNanos(1));
        timed.join();
        interrupted.thread.interrupt();
        interrupted.join();
        stubborn.thread.interrupt();
        mayEnd.release();
        stubborn.join();
        first.join();
        assertEquals(1, count);
    }

    static List<Object[]> contests() {
        return Contest.placesAndKinds();
    }

    @ParameterizedTest
    @MethodSource("contests")
    void itIsDoneOnceHoweverManyCome(WordPlacement place, Threads kind) throws Exception {
        int rounds = 300;
        int[] counts = new int[rounds];
        Contest.run(kind, 8, place, (side, me) -> {
            for (int i = 0; i < rounds; i++) {
                int round = i;
                boolean fails = me % 3 == 0;
                try {
                    side.once(100 + round).run(() -> {
                        if (fails) {
                            throw new UnsupportedOperationException();
                        }
                        counts[round]++;
                    });
                    assertEquals(1, counts[round]);
                } catch (UnsupportedOperationException e) {
                    assertTrue(fails);
                }
                side.barrier(60, 8).await();
            }
        });
        for (int i = 0; i < rounds; i++) {
            assertEquals(1, counts[i]);
            assertEquals(3, place.here().load(100 + i));
        }
    }
}

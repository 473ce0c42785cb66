package org.jfutex.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FutexLatchTest {

    private final VirtualClock clock = new VirtualClock();
    private final WordPlacement.Side words = WordPlacement.privateWords(clock);
    private final FutexLatch latch = words.latch(0);

    static List<Threads> kinds() {
        return Threads.available();
    }

    @Test
    void zeroIsAnOpenLatch() throws Exception {
        latch.await();
        assertTrue(latch.await(0, TimeUnit.SECONDS));
        latch.countDown();
        assertEquals(0, latch.getCount());
    }

    @Test
    void closedLatchIsNotArmedAgain() {
        assertThrows(IllegalArgumentException.class, () -> latch.arm(0));
        latch.arm(2);
        assertThrows(IllegalStateException.class, () -> latch.arm(5));
        assertEquals(2, latch.getCount());
        latch.countDown();
        latch.countDown();
        latch.arm(1);
        assertEquals(1, latch.getCount());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void countDown_lastEvent_wakesAllWaiters(Threads kind) throws Exception {
        latch.arm(2);
        List<Threads.Running> waiters = List.of(kind.start(latch::await), kind.start(latch::await));
        words.untilWaiters(0, 2);
        latch.countDown();
        assertEquals(2, words.waiters(0));
        latch.countDown();
        for (Threads.Running waiter : waiters) {
            waiter.join();
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void timeAndInterruptEndAWait(Threads kind) throws Exception {
        latch.arm(1);
        Threads.Running timed = kind.start(() -> assertFalse(latch.await(1, TimeUnit.SECONDS)));
        Threads.Running interrupted = kind.start(() -> assertThrows(InterruptedException.class, latch::await));
        words.untilWaiters(0, 2);
        clock.advance(TimeUnit.SECONDS.toNanos(1));
        timed.join();
        interrupted.thread.interrupt();
        interrupted.join();
        assertFalse(latch.await(0, TimeUnit.SECONDS));
        assertEquals(1, latch.getCount());
    }

    static List<Object[]> contests() {
        return Contest.placesAndKinds();
    }

    @ParameterizedTest
    @MethodSource("contests")
    void await_beforeLastEvent_noThreadPasses(WordPlacement place, Threads kind) throws Exception {
        int rounds = 1_000;
        int[][] seen = new int[rounds][4];
        place.here().latch(40).arm(4);
        Contest.run(kind, 8, place, (side, me) -> {
            for (int i = 0; i < rounds; i++) {
                FutexLatch events = side.latch(40 + i % 2);
                if (me < 4) {
                    seen[i][me] = 1;
                    if (me == 0) {
                        side.latch(40 + (i + 1) % 2).arm(4); // all threads have passed that latch
                    }
                    events.countDown();
                }
                events.await();
                for (int mark : seen[i]) {
                    assertEquals(1, mark);
                }
                side.barrier(50, 8).await();
            }
        });
    }
}

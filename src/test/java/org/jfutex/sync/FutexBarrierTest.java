package org.jfutex.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FutexBarrierTest {

    private final VirtualClock clock = new VirtualClock();
    private final WordPlacement.Side words = WordPlacement.privateWords(clock);
    private final FutexBarrier barrier = words.barrier(0, 3);

    static List<Threads> kinds() {
        return Threads.available();
    }

    private Threads.Running comer(Threads kind, Threads.Action action) {
        int before = words.waiters(0);
        Threads.Running running = kind.start(action);
        words.untilWaiters(0, before + 1);
        return running;
    }

    @Test
    void numberOfPartiesIsChecked() {
        assertThrows(IllegalArgumentException.class, () -> words.barrier(0, 0));
        assertThrows(IllegalArgumentException.class, () -> words.barrier(0, FutexBarrier.MAX_PARTIES + 1));
        assertEquals(
                FutexBarrier.MAX_PARTIES,
                words.barrier(0, FutexBarrier.MAX_PARTIES).getParties());
    }

    @Test
    void barrierOfOneIsAlwaysOpen() throws Exception {
        FutexBarrier alone = words.barrier(0, 1);
        for (int i = 0; i < 200_000; i++) { // the number of the round wraps three times
            assertEquals(0, alone.await());
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void await_lastArrival_opensAndReturnsIndexes(Threads kind) throws Exception {
        List<Integer> places = Collections.synchronizedList(new ArrayList<>());
        Threads.Running first = comer(kind, () -> places.add(barrier.await()));
        Threads.Running second = comer(kind, () -> places.add(barrier.await()));
        assertEquals(2, barrier.getNumberWaiting());
        assertEquals(0, barrier.await());
        first.join();
        second.join();
        Collections.sort(places);
        assertEquals(List.of(1, 2), places);
        assertEquals(0, barrier.getNumberWaiting());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void await_timeoutOrInterrupt_takesArrivalBack(Threads kind) throws Exception {
        Threads.Running patient = comer(kind, barrier::await);
        Threads.Running timed =
                comer(kind, () -> assertThrows(TimeoutException.class, () -> barrier.await(1, TimeUnit.SECONDS)));
        clock.advance(TimeUnit.SECONDS.toNanos(1));
        timed.join();
        Threads.Running interrupted = comer(kind, () -> assertThrows(InterruptedException.class, barrier::await));
        interrupted.thread.interrupt();
        interrupted.join();
        assertEquals(1, barrier.getNumberWaiting());
        assertThrows(TimeoutException.class, () -> barrier.await(0, TimeUnit.SECONDS));
        Threads.Running third = comer(kind, barrier::await);
        assertFalse(patient.isOver());
        assertEquals(0, barrier.await());
        patient.join();
        third.join();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void await_interruptAfterOpening_staysPending(Threads kind) throws Exception {
        Threads.Running passes = comer(kind, () -> {
            assertEquals(2, barrier.await());
            assertTrue(Thread.interrupted());
        });
        words.store(0, 1 << 16); // the next round; the last thread has not woken the others yet
        passes.thread.interrupt();
        passes.join();
    }

    @Test
    void await_lastArrivalWithoutTime_passes() throws Exception {
        Threads.Running first = comer(Threads.PLATFORM, barrier::await);
        Threads.Running second = comer(Threads.PLATFORM, barrier::await);
        assertEquals(0, barrier.await(0, TimeUnit.SECONDS));
        first.join();
        second.join();
    }

    static List<Object[]> contests() {
        return Contest.placesAndKinds();
    }

    @ParameterizedTest
    @MethodSource("contests")
    void await_manyRounds_noThreadIsAhead(WordPlacement place, Threads kind) throws Exception {
        int rounds = 3_000;
        AtomicIntegerArray at = new AtomicIntegerArray(8);
        AtomicIntegerArray places = new AtomicIntegerArray(8);
        Contest.run(kind, 8, place, (side, me) -> {
            FutexBarrier b = side.barrier(30, 8);
            for (int i = 0; i < rounds; i++) {
                at.set(me, i);
                int mine = i % 2 == 0 ? b.await() : b.await(1, TimeUnit.MINUTES);
                places.addAndGet(mine, 1);
                for (int other = 0; other < 8; other++) {
                    int there = at.get(other);
                    assertTrue(there == i || there == i + 1, () -> other(there));
                }
                b.await();
            }
        });
        for (int spot = 0; spot < 8; spot++) {
            assertEquals(rounds, places.get(spot), "each place once a round");
        }
        assertEquals(0, place.here().waiters(30));
    }

    private static String other(int there) {
        return "a thread is in round " + there;
    }

    /** Some threads give up and arrive again. No round opens with too few threads, and no thread misses a round. */
    @ParameterizedTest
    @MethodSource("contests")
    void await_repeatedTimeouts_roundsAreComplete(WordPlacement place, Threads kind) throws Exception {
        int rounds = 1_000;
        AtomicIntegerArray at = new AtomicIntegerArray(4);
        Thread[] threads = new Thread[4];
        Contest.run(kind, 4, place, (side, me) -> {
            threads[me] = Thread.currentThread();
            FutexBarrier b = side.barrier(31, 4);
            for (int i = 0; i < rounds; i++) {
                at.set(me, i);
                Thread victim = threads[i % 4];
                if (victim != null) {
                    victim.interrupt();
                }
                comeUntilItOpens(b, me);
                for (int other = 0; other < 4; other++) {
                    int there = at.get(other);
                    assertTrue(there >= i && there <= i + 1, () -> other(there));
                }
            }
        });
    }

    private static void comeUntilItOpens(FutexBarrier b, int me) {
        boolean opened = false;
        while (!opened) {
            try {
                int place = me % 2 == 0 ? b.await() : b.await(50, TimeUnit.MICROSECONDS);
                assertTrue(place >= 0 && place < 4);
                opened = true;
            } catch (InterruptedException | TimeoutException e) {
                opened = false;
            }
        }
    }
}

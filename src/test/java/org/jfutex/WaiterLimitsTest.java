package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jfutex.Threads.Running;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Limits under a crowd: there are never more, and when it has become quiet there can be exactly as many. */
@Timeout(120)
class WaiterLimitsTest {

    private static final int THREADS = 4;
    private static final int STEPS = 50_000;
    private static final int WORDS = 8;
    private static final int LIMIT = 6;

    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(4096));

    @Test
    void tableNeverHoldsMoreThanItsLimitAndExactlyThatManyInTheEnd() throws Exception {
        FutexTable table = FutexTable.builder().waiterLimit(LIMIT).build();
        crowd(table, WORDS);
        for (int i = 0; i < LIMIT; i++) {
            table.prepare(memory, 4L * i, PRIVATE, 0);
        }
        assertThrows(TooManyWaitersException.class, () -> table.prepare(memory, 4L * LIMIT, PRIVATE, 0));
        assertEquals(LIMIT, table.dump().size());
    }

    @Test
    void keyNeverHoldsMoreThanItsLimitAndExactlyThatManyInTheEnd() throws Exception {
        FutexTable table = FutexTable.builder().keyWaiterLimit(LIMIT).build();
        crowd(table, 1);
        for (int i = 0; i < LIMIT; i++) {
            table.prepare(memory, 0, PRIVATE, 0);
        }
        assertThrows(TooManyWaitersException.class, () -> table.prepare(memory, 0, PRIVATE, 0));
        assertEquals(LIMIT, table.waiters(memory, 0, PRIVATE));
    }

    /** Threads that begin waits and cancel them on some words, and requeue one another's. */
    private void crowd(FutexTable table, int words) throws Exception {
        AtomicInteger held = new AtomicInteger(); // at no time more than there are
        List<Running<int[]>> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int seed = i;
            threads.add(Threads.start(() -> member(table, words, held, new SplittableRandom(seed))));
        }
        int begun = 0;
        int refused = 0;
        for (Running<int[]> t : threads) {
            begun += t.get()[0];
            refused += t.get()[1];
        }
        assertTrue(begun > STEPS / 10 && refused > STEPS / 10, begun + " begun, " + refused + " refused");
        assertEquals(0, held.get());
        assertEquals(List.of(), table.dump());
    }

    /** Says how many waits were begun, and how many refused. */
    private int[] member(FutexTable table, int words, AtomicInteger held, SplittableRandom random) {
        Deque<PreparedWait> mine = new ArrayDeque<>();
        int[] counts = new int[2];
        for (int i = 0; i < STEPS; i++) {
            long word = 4L * random.nextInt(words);
            switch (random.nextInt(5)) {
                case 0 -> table.requeue(memory, word, 4L * random.nextInt(words), PRIVATE, 0, Integer.MAX_VALUE);
                case 1 -> end(mine, held);
                default -> {
                    try {
                        mine.add(table.prepare(memory, word, PRIVATE, 0));
                        counts[0]++;
                        int now = held.incrementAndGet();
                        assertTrue(now <= LIMIT, () -> now + " wait");
                    } catch (TooManyWaitersException full) {
                        counts[1]++;
                        end(mine, held);
                    }
                }
            }
        }
        while (!mine.isEmpty()) {
            end(mine, held);
        }
        return counts;
    }

    private static void end(Deque<PreparedWait> mine, AtomicInteger held) {
        PreparedWait first = mine.poll();
        if (first != null) {
            held.decrementAndGet();
            assertEquals(WaitResult.CANCELLED, first.cancel());
        }
    }
}

package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jfutex.Threads.Running;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.Deadline;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** Waiter limits under load: they are never exceeded, and afterwards exactly as many waiters can be queued. */
@Timeout(120)
class WaiterLimitsTest {

    private static final int THREADS = 4;
    private static final int STEPS = 50_000;
    private static final int WORDS = 8;
    private static final int LIMIT = 6;

    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(4096));

    @Test
    void tableLimit_isNeverExceededAndFullyUsable() throws Exception {
        FutexTable table = FutexTable.builder().waiterLimit(LIMIT).build();
        crowd(table, WORDS);
        for (int i = 0; i < LIMIT; i++) {
            table.prepare(memory, 4L * i, PRIVATE, 0);
        }
        assertThrows(TooManyWaitersException.class, () -> table.prepare(memory, 4L * LIMIT, PRIVATE, 0));
        assertEquals(LIMIT, table.waiters().size());
    }

    @Test
    void keyLimit_isNeverExceededAndFullyUsable() throws Exception {
        FutexTable table = FutexTable.builder().keyWaiterLimit(LIMIT).build();
        crowd(table, 1);
        for (int i = 0; i < LIMIT; i++) {
            table.prepare(memory, 0, PRIVATE, 0);
        }
        assertThrows(TooManyWaitersException.class, () -> table.prepare(memory, 0, PRIVATE, 0));
        assertEquals(LIMIT, table.waiterCount(memory, 0, PRIVATE));
    }

    @Test
    void limit_oneIsTheMinimum() {
        FutexTableBuilder builder = FutexTable.builder();
        assertThrows(IllegalArgumentException.class, () -> builder.waiterLimit(0));
        assertThrows(IllegalArgumentException.class, () -> builder.keyWaiterLimit(0));
        FutexTable table = builder.waiterLimit(1).keyWaiterLimit(1).build();
        table.prepare(memory, 0, PRIVATE, 0);
        assertThrows(TooManyWaitersException.class, () -> table.prepare(memory, 4, PRIVATE, 0));
    }

    private final Map<Integer, PiTask> tasks = new ConcurrentHashMap<>();
    private final VirtualClock clock = new VirtualClock();

    private interface Episode {
        void play(FutexTable table, PiTask[] task);
    }

    /** Returns waits of every kind, each with another kind of end. */
    private Map<String, Episode> episodes() {
        Map<String, Episode> all = new LinkedHashMap<>();
        all.put("one is woken", (t, task) -> {
            begin(t, 0, 2);
            t.wake(memory, 0, PRIVATE, 1);
            t.wake(memory, 0, PRIVATE, 1);
        });
        all.put("all are woken", (t, task) -> {
            begin(t, 0, LIMIT);
            assertEquals(LIMIT, t.wake(memory, 0, PRIVATE, 99));
        });
        all.put("all are moved, then woken one by one", (t, task) -> {
            begin(t, 0, LIMIT);
            assertEquals(LIMIT, t.requeue(memory, 0, 64, PRIVATE, 0, 99).moved());
            for (int i = 0; i < LIMIT; i++) {
                assertEquals(1, t.wake(memory, 64, PRIVATE, 1));
            }
        });
        all.put("some are woken and some moved", (t, task) -> {
            begin(t, 0, 4);
            assertEquals(3, t.requeue(memory, 0, 64, PRIVATE, 1, 2).total());
            assertEquals(1, t.wake(memory, 0, PRIVATE, 99));
            assertEquals(2, t.wake(memory, 64, PRIVATE, 99));
        });
        all.put("a deadline passes", (t, task) -> {
            begin(t, 0, 1).get(0).asStage(Deadline.after(1));
            clock.advance(1);
        });
        all.put("a memory is closed", (t, task) -> {
            begin(t, 0, LIMIT);
            assertEquals(LIMIT, t.cancel(memory));
        });
        all.put("one of many words is woken", (t, task) -> {
            PreparedWait wait =
                    t.prepareAny(memory, List.of(new WaitWord(0, PRIVATE, 0), new WaitWord(4, PRIVATE, 0)), 0);
            t.wake(memory, 4, PRIVATE, 1);
            assertEquals(WaitResult.WOKEN, wait.poll());
        });
        all.put("the last of many words differs, or is one too many", (t, task) -> {
            t.prepareAny(memory, List.of(new WaitWord(0, PRIVATE, 0), new WaitWord(4, PRIVATE, 1)), 0);
            assertThrows(
                    TooManyWaitersException.class,
                    () -> t.prepareAny(memory, Collections.nCopies(LIMIT + 1, new WaitWord(0, PRIVATE, 0)), 0));
        });
        all.put("a lock is handed over", (t, task) -> {
            assertEquals(PiResult.LOCKED, task[0].tryLock(0, PRIVATE));
            task[1].prepareLock(0, PRIVATE);
            assertThrows(IllegalStateException.class, () -> task[1].prepareLock(0, PRIVATE));
            assertEquals(PiResult.UNLOCKED, task[0].unlock(0, PRIVATE));
        });
        all.put("the owner of a lock dies", (t, task) -> {
            assertEquals(PiResult.LOCKED, task[0].tryLock(0, PRIVATE));
            task[1].prepareLock(0, PRIVATE);
            task[0].exit();
        });
        all.put("a wait for a requeue is cancelled", (t, task) -> {
            task[0].prepareWaitRequeue(64, 0, 0, PRIVATE).cancel();
        });
        all.put("a condition is signalled", (t, task) -> {
            task[0].prepareWaitRequeue(64, 0, 0, PRIVATE);
            task[1].prepareWaitRequeue(64, 0, 0, PRIVATE);
            t.compareAndRequeuePi(memory, 64, 0, PRIVATE, 1, 0);
            assertEquals(PiResult.UNLOCKED, task[0].unlock(0, PRIVATE));
        });
        return all;
    }

    private List<PreparedWait> begin(FutexTable table, long word, int count) {
        List<PreparedWait> waits = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            waits.add(table.prepare(memory, word, PRIVATE, 0));
        }
        return waits;
    }

    @TestFactory
    Stream<DynamicTest> everyEndGivesItsPlaceBack() {
        return episodes().entrySet().stream()
                .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> {
                    FutexTable table = FutexTable.builder()
                            .waiterLimit(LIMIT)
                            .clock(clock)
                            .tasks(tasks::get)
                            .build();
                    PiTask[] two = {new PiTask(table, 1, memory), new PiTask(table, 2, memory)};
                    tasks.put(1, two[0]);
                    tasks.put(2, two[1]);
                    memory.store(0, 0);
                    e.getValue().play(table, two);
                    assertEquals(List.of(), table.waiters());
                    begin(table, 128, LIMIT);
                    assertThrows(TooManyWaitersException.class, () -> begin(table, 132, 1));
                }));
    }

    /** Runs threads that begin and cancel waits on some words, and requeue each other's waits. */
    private void crowd(FutexTable table, int words) throws Exception {
        AtomicInteger held = new AtomicInteger(); // never more than the queued waiters
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
        assertEquals(List.of(), table.waiters());
    }

    /** Receives the number of begun waits and the number of rejected ones. */
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

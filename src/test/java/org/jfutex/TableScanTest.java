package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.jfutex.Scope.SHARED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.PrivateKey;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scans of a table hold no lock for long, visit each waiter that stays exactly once, and delay no wake. */
@Timeout(120)
class TableScanTest {

    private static final int MANY = 3_500;
    private static final int ALL = Integer.MAX_VALUE;

    private final FutexTable table = FutexTable.builder().buckets(2).build();
    private final FlatMemory object = FlatMemory.shared(ByteBuffer.allocateDirect(32 * MANY));
    private final AtomicInteger loads = new AtomicInteger();
    private final FutexMemory memory = new PiWorld.Space(object, 0) {
        @Override
        public int load(long address) {
            loads.incrementAndGet();
            return super.load(address);
        }
    };
    private final FutexMemory other = new PiWorld.Space(object, 0);

    // ---- locks are held for a bounded number of waiters

    private void crowd(FutexMemory through) {
        for (int i = 0; i < MANY; i++) {
            table.prepare(through, 0, PRIVATE, 0);
            table.prepare(through, 4, SHARED, 0);
            table.prepare(through, 8 + 4L * i, PRIVATE, 0);
        }
    }

    private void assertHoldsAreBounded() {
        int most = table.scans.mostVisited();
        assertTrue(most > 0 && most <= 1000, () -> most + " visited under one lock");
    }

    @Test
    void waitersAndFindStuckWaiters_visitAtMost1000UnderOneLock() {
        crowd(memory);
        object.store(4, 1);
        loads.set(0);
        assertEquals(3 * MANY, table.waiters().size());
        assertEquals(MANY + 2, loads.get(), "one read for each word");
        assertEquals(MANY, table.findStuckWaiters(Duration.ZERO).size());
        assertHoldsAreBounded();
    }

    @Test
    void cancel_visitsAtMost1000UnderOneLock() {
        crowd(memory);
        PreparedWait first = table.prepare(other, 4, SHARED, 0);
        PreparedWait second = table.prepare(other, 0, PRIVATE, 0);
        assertEquals(2, table.cancel(other));
        assertEquals(WaitResult.CANCELLED, first.poll());
        assertEquals(WaitResult.CANCELLED, second.poll());
        assertEquals(2 * MANY, table.cancel(FutexKey.in(memory)));
        assertEquals(MANY, table.cancel(memory));
        assertHoldsAreBounded();
    }

    @Test
    void mappingListener_visitsAtMost1000UnderOneLock() {
        crowd(memory);
        long by = 16L * MANY;
        table.mappingListener().moved(memory, 0, by, by);
        assertEquals(MANY, table.waiterCount(memory, by, PRIVATE));
        assertEquals(0, table.waiterCount(memory, 0, PRIVATE));
        assertEquals(1, table.waiterCount(memory, by + 8, PRIVATE));
        table.mappingListener().unmapped(memory, by, by);
        assertEquals(MANY, table.waiters().size());
        assertHoldsAreBounded();
    }

    @Test
    void cancel_doesNotVisitWaitersOfOtherMemories() {
        AtomicInteger bases = new AtomicInteger();
        FutexMemory counting = new PiWorld.Space(object, 0) {
            @Override
            public FutexMemory underlying() {
                bases.incrementAndGet();
                return this;
            }
        };
        for (int i = 0; i < MANY; i++) {
            table.prepare(counting, 0, PRIVATE, 0);
            table.prepare(counting, 4, SHARED, 0);
        }
        assertEquals(0, table.cancel(other));
        assertEquals(2, bases.get(), "one call for each queue");
    }

    @Test
    void cancel_secondMemoryInSharedQueue_endsItsWaits() {
        for (int queued = 0; queued < 2; queued++) {
            table.prepare(memory, 4, SHARED, 0);
            PreparedWait late = table.prepare(other, 4, SHARED, 0);
            assertEquals(1, table.cancel(other));
            assertEquals(WaitResult.CANCELLED, late.poll());
            table.prepare(other, 64, SHARED, 0);
            for (int i = 0; i < queued; i++) {
                table.prepare(memory, 128, SHARED, 0);
            }
            assertEquals(1, table.requeue(memory, 64, 128, SHARED, 0, ALL).moved());
            assertEquals(1, table.cancel(other));
            table.cancel(memory);
        }
    }

    // ---- a queue that changes between two steps

    private final Random random = new Random(19);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "leave",
                "come",
                "priorities",
                "some leave",
                "all leave",
                "wake all",
                "join away",
                "join here",
                "scan"
            })
    void scan_waiterThatStays_isVisitedOnce(String change) {
        for (int round = 0; round < 20; round++) {
            List<PreparedWait> waits = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                waits.add(prepare(0, 0));
            }
            IdentityHashMap<Waiter, Integer> visits = new IdentityHashMap<>();
            Set<Waiter> gone = Collections.newSetFromMap(new IdentityHashMap<>());
            WaitQueue q = ((Waiter) waits.get(0)).queuedIn();
            ScanCursor.Visitor visitor = (same, w) -> {
                assertNull(w.ended(), change);
                visits.merge(w, 1, Integer::sum);
            };
            ScanCursor.scan(q, visitor, () -> change(change, waits, gone));
            if (change.equals("come")) {
                assertEquals(MANY, visits.size() + neverVisited(waits, visits), "new waiters were visited");
            }
            for (PreparedWait wait : waits) {
                int expected = visits.getOrDefault((Waiter) wait, 0);
                assertTrue(gone.contains((Waiter) wait) ? expected <= 1 : expected == 1, change);
            }
            assertFalse(bucketOf(0).hasCursorsLocked());
            table.cancel(key -> true);
        }
        Threads.unchecked(() -> {
            TableEmptyCheck.check(table);
            return null;
        });
    }

    private static int neverVisited(List<PreparedWait> waits, IdentityHashMap<Waiter, Integer> visits) {
        return (int) waits.stream().filter(w -> !visits.containsKey((Waiter) w)).count();
    }

    private PreparedWait prepare(long address, int priority) {
        return table.prepare(memory, address, PRIVATE, 0, WaitOptions.DEFAULT.priority(priority));
    }

    private Bucket bucketOf(long address) {
        return table.bucket(table.hash(new PrivateKey(memory, address)));
    }

    private void change(String change, List<PreparedWait> waits, Set<Waiter> gone) {
        switch (change) {
            case "leave" -> leave(waits, gone, 1 + random.nextInt(3));
            case "come" -> {
                waits.get(MANY - 1 - gone.size()).cancel(); // the last one that the scan would visit
                gone.add((Waiter) waits.get(MANY - 1 - gone.size()));
                come(waits.size());
            }
            case "priorities" -> {
                prepare(0, random.nextInt(5) - 2);
                leave(waits, gone, 1);
            }
            case "some leave" -> leave(waits, gone, random.nextInt(MANY));
            case "all leave" -> leave(waits, gone, MANY);
            case "wake all" -> {
                table.wake(memory, 0, PRIVATE, ALL);
                waits.forEach(w -> gone.add((Waiter) w));
                come(10);
            }
            case "join away" -> {
                table.requeue(memory, 0, 4, PRIVATE, 0, ALL);
                waits.forEach(w -> gone.add((Waiter) w));
                come(10);
            }
            case "join here" -> {
                prepare(4, 0);
                table.requeue(memory, 4, 0, PRIVATE, 0, ALL);
            }
            case "scan" -> {
                table.waiters();
                leave(waits, gone, random.nextInt(10));
            }
            default -> throw new AssertionError(change);
        }
    }

    private void come(int most) {
        for (int i = random.nextInt(most); i >= 0; i--) {
            prepare(0, 0);
        }
    }

    /** Lets some waiters leave: around the last visited one, from the end, or anywhere. */
    private void leave(List<PreparedWait> waits, Set<Waiter> gone, int count) {
        int from = switch (random.nextInt(3)) {
            case 0 -> 999 + 1000 * random.nextInt(3);
            case 1 -> waits.size() - count;
            default -> random.nextInt(waits.size());
        };
        for (int i = Math.max(0, from); i < Math.min(waits.size(), from + count); i++) {
            waits.get(i).cancel();
            gone.add((Waiter) waits.get(i));
        }
    }

    @Test
    void scan_resizedBucket_copiesEachQueueOnce() {
        Bucket b = bucketOf(0);
        List<Long> words = new ArrayList<>();
        for (long a = 0; words.size() < MANY; a += 4) {
            if (bucketOf(a) == b) {
                words.add(a);
            }
        }
        for (int round = 0; round < 50; round++) {
            Map<Long, PreparedWait> waits = new HashMap<>();
            Set<Long> staying =
                    words.stream().filter(a -> random.nextInt(50) == 0).collect(Collectors.toSet());
            for (long a : words) {
                if (staying.contains(a) || random.nextBoolean()) {
                    waits.put(a, prepare(a, 0));
                }
            }
            List<WaitQueue> copied = new ArrayList<>();
            for (long from = 0; from < Bucket.END; ) {
                from = b.copyQueuesLocked(from, copied, 30);
                boolean grow = random.nextBoolean();
                for (long a : words) {
                    if (!staying.contains(a) && random.nextInt(10) > 0) {
                        if (grow) {
                            waits.computeIfAbsent(a, word -> prepare(word, 0));
                        } else if (waits.containsKey(a)) {
                            waits.remove(a).cancel();
                        }
                    }
                }
            }
            Map<Long, Integer> counts =
                    copied.stream().collect(Collectors.toMap(q -> q.address, q -> 1, Integer::sum, HashMap::new));
            for (long a : staying) {
                assertEquals(1, counts.get(a));
            }
            table.cancel(key -> true);
        }
    }

    // ---- waiters that are moved during the scan

    @ParameterizedTest
    @ValueSource(ints = {2, 64})
    void waiters_endlesslyRequeuedWaiter_isListedOnce(int buckets) throws Exception {
        FutexTable busy = FutexTable.builder().buckets(buckets).build();
        Set<PreparedWait> stay = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < 2_500; i++) {
            stay.add(busy.prepare(memory, 4L * (i % 8), PRIVATE, 0));
        }
        AtomicBoolean stop = new AtomicBoolean();
        List<Threads.Running<Integer>> others = List.of(
                whileNot(stop, () -> requeueSome(busy, new Random(1))),
                whileNot(stop, () -> comeAndGo(busy, new Random(2))));
        try {
            for (int i = 0; i < 200; i++) {
                Set<PendingWait<?>> found = Collections.newSetFromMap(new IdentityHashMap<>());
                for (WaiterInfo w : busy.waiters()) {
                    assertTrue(found.add(w.pending()), "described twice");
                }
                assertTrue(found.containsAll(stay), "missed");
            }
        } finally {
            stop.set(true);
        }
        for (Threads.Running<Integer> t : others) {
            t.answer().get(60, TimeUnit.SECONDS);
        }
        assertEquals(stay.size(), busy.cancel(memory));
        TableEmptyCheck.check(busy);
    }

    private static Threads.Running<Integer> whileNot(AtomicBoolean stop, IntSupplier action) {
        return Threads.start(() -> {
            int sum = 0;
            while (!stop.get()) {
                sum += action.getAsInt();
            }
            return sum;
        });
    }

    private int requeueSome(FutexTable busy, Random r) {
        long from = 4L * r.nextInt(8);
        long to = 4L * r.nextInt(8);
        return busy.requeue(memory, from, to, PRIVATE, 0, r.nextBoolean() ? ALL : r.nextInt(50))
                .moved();
    }

    private int comeAndGo(FutexTable busy, Random r) {
        PreparedWait wait = busy.prepare(memory, 4L * r.nextInt(8), PRIVATE, 0);
        wait.cancel();
        return 1;
    }

    @Test
    void cancel_endlesslyRequeuedWaiters_endsAll() throws Exception {
        FutexTable busy = FutexTable.builder().buckets(64).build();
        AtomicBoolean stop = new AtomicBoolean();
        var mover = whileNot(stop, () -> requeueSome(busy, new Random()));
        try {
            for (int i = 0; i < 300; i++) {
                for (int n = 0; n < 40; n++) {
                    busy.prepare(memory, 4L * (n % 8), PRIVATE, 0);
                }
                assertEquals(40, busy.cancel(memory), "round " + i);
            }
        } finally {
            stop.set(true);
        }
        mover.answer().get(60, TimeUnit.SECONDS);
        TableEmptyCheck.check(busy);
    }

    @Test
    void closedGate_stopsOnlyRequeuesUntilOpened() throws Exception {
        PreparedWait moved = prepare(0, 0);
        PreparedWait woken = prepare(8, 0);
        List<Threads.Running<RequeueResult>> requeue = new ArrayList<>();
        table.scans.closed(() -> Bucket.lockAndUnlockEach(table.buckets), () -> {
            requeue.add(Threads.start(() -> table.requeue(memory, 0, 4, PRIVATE, 0, 1)));
            while (requeue.get(0).thread().getState() != Thread.State.WAITING) {
                assertTrue(requeue.get(0).thread().isAlive(), "the requeue did not wait");
                Thread.onSpinWait();
            }
            assertEquals(1, table.waiterCount(memory, 0, PRIVATE));
            assertEquals(
                    1,
                    Threads.unchecked(() -> Threads.start(() -> table.wake(memory, 8, PRIVATE, 1))
                            .get()));
            assertEquals(WaitResult.WOKEN, woken.poll());
        });
        assertEquals(1, requeue.get(0).get().moved());
        assertNull(moved.poll());
        assertEquals(1, table.wake(memory, 4, PRIVATE, 1));
    }

    /** The wake comes after the scan has collected the waiter and before it reads the waiter's word. */
    @Test
    void waiterWokenBeforeItsWordIsRead_isNotStuck() {
        FutexMemory waking = new PiWorld.Space(object, 0) {
            @Override
            public int load(long address) {
                if (object.load(address) == 1) {
                    table.wake(this, address, PRIVATE, ALL);
                }
                return super.load(address);
            }
        };
        table.prepare(waking, 0, PRIVATE, 0);
        object.store(0, 1);
        assertEquals(List.of(), table.findStuckWaiters(Duration.ZERO));
        assertEquals(List.of(), table.waiters());
    }
}

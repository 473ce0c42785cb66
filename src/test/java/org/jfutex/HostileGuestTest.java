package org.jfutex;

import static java.util.Objects.requireNonNull;
import static org.jfutex.Scope.PRIVATE;
import static org.jfutex.Scope.SHARED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappedObject;
import org.jfutex.key.PrivateKey;
import org.jfutex.key.SharedKey;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Guests that try to slow down other guests of the table, or to exhaust the host's memory.
 *
 * <p>The time limits are tens of times the normal duration. They are tens of times less than the duration if a step
 * depended on the number of other waiters. {@code HostileBenchmark} measures how much an honest guest is slowed down.
 * The last three tests show that such a step, or a leak, would be detected.
 */
@Timeout(30)
class HostileGuestTest {

    private static final int MILLION = 1_000_000;
    private static final long HONEST = 8;

    private FutexTable table = FutexTable.builder().buckets(2).build(); // so that the guests share buckets
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(4 * MILLION + 4096));

    @AfterEach
    void checkTableIsEmpty() throws Exception {
        table.cancel(key -> true);
        TableEmptyCheck.check(table);
    }

    /** An honest guest waits and is woken, in a loop. */
    private void honestWork() {
        FlatMemory own = FlatMemory.of(ByteBuffer.allocateDirect(64));
        for (int i = 0; i < 100_000; i++) {
            PreparedWait wait = table.prepare(own, HONEST, PRIVATE, 0);
            assertEquals(1, table.wake(own, HONEST, PRIVATE, 1));
            assertEquals(WaitResult.WOKEN, wait.poll());
        }
    }

    @Test
    void millionAddresses_doNotSlowHonestGuest() {
        List<PreparedWait> waits = new ArrayList<>(MILLION);
        for (int i = 0; i < MILLION; i++) {
            waits.add(table.prepare(memory, 4L * i, PRIVATE, 0));
        }
        honestWork();
        Collections.shuffle(waits, new Random(1));
        waits.forEach(PreparedWait::cancel);
    }

    @Test
    void millionWaitersOnOneWord_doNotSlowHonestGuest() {
        List<PreparedWait> waits = new ArrayList<>(MILLION);
        for (int i = 0; i < MILLION; i++) {
            waits.add(table.prepare(memory, 0, PRIVATE, 0));
        }
        honestWork();
        Collections.shuffle(waits, new Random(1));
        waits.subList(0, MILLION / 2).forEach(PreparedWait::cancel); // from anywhere in the queue
        int woken = 0;
        for (int i = 0; i < MILLION / 2; i += 10) {
            woken += table.wake(memory, 0, PRIVATE, 10);
        }
        assertEquals(MILLION / 2, woken);
    }

    @Test
    void higherPrioritiesBeforeMillionWaiters_queueFast() {
        WaitOptions high = WaitOptions.DEFAULT.priority(99);
        WaitOptions middle = WaitOptions.DEFAULT.priority(50);
        for (int i = 0; i < MILLION; i++) {
            table.prepare(memory, 0, PRIVATE, 0);
        }
        PreparedWait top = table.prepare(memory, 0, PRIVATE, 0, high);
        for (int i = 0; i < 100_000; i++) {
            table.prepare(memory, 0, PRIVATE, 0, middle).cancel();
        }
        PreparedWait second = table.prepare(memory, 0, PRIVATE, 0, middle);
        PreparedWait third = table.prepare(memory, 0, PRIVATE, 0, middle);
        assertEquals(1, table.wake(memory, 0, PRIVATE, 1));
        assertEquals(WaitResult.WOKEN, top.poll());
        assertEquals(1, table.wake(memory, 0, PRIVATE, 1));
        assertEquals(WaitResult.WOKEN, second.poll());
        assertNull(third.poll());
    }

    @Test
    void higherPrioritiesBeforeManyLockWaiters_queueFast() {
        Map<Integer, PiTask> tasks = new HashMap<>();
        table = FutexTable.builder().buckets(2).tasks(tasks::get).build();
        PiTask owner = new PiTask(table, 1, memory);
        tasks.put(1, owner);
        assertEquals(PiResult.LOCKED, owner.prepareLock(0, PRIVATE).poll());
        int crowd = 200_000;
        for (int tid = 2; tid < crowd; tid++) {
            new PiTask(table, tid, memory).prepareLock(0, PRIVATE);
        }
        PiTask high = new PiTask(table, crowd, memory);
        PiTask middle = new PiTask(table, crowd + 1, memory);
        high.setPriority(99);
        middle.setPriority(50);
        PiWait top = high.prepareLock(0, PRIVATE);
        for (int i = 0; i < crowd; i++) {
            assertEquals(PiResult.CANCELLED, middle.prepareLock(0, PRIVATE).cancel());
        }
        PiWait second = middle.prepareLock(0, PRIVATE);
        assertEquals(PiResult.UNLOCKED, owner.unlock(0, PRIVATE));
        assertEquals(PiResult.LOCKED, top.poll());
        assertEquals(PiResult.UNLOCKED, high.unlock(0, PRIVATE));
        assertEquals(PiResult.LOCKED, second.poll());
    }

    /** The cost of one more waiter does not depend on the number of the owner's locks. */
    @Test
    void ownerOfManyContendedLocks_waiterCostIsConstant() {
        long few = roundsAtAnOwnerOf(10);
        long many = roundsAtAnOwnerOf(30_000);
        assertTrue(many < 20 * few, () -> many + " ns compared with " + few);
    }

    /** Returns the time of some thousand waits that begin and end: the best of three runs. */
    private static long roundsAtAnOwnerOf(int locks) {
        Map<Integer, PiTask> tasks = new HashMap<>();
        FutexTable own = FutexTable.builder().tasks(tasks::get).build();
        FlatMemory words = FlatMemory.of(ByteBuffer.allocateDirect(4 * (locks + 1)));
        PiTask owner = new PiTask(own, 1, words);
        tasks.put(1, owner);
        for (int i = 0; i <= locks; i++) {
            assertEquals(PiResult.LOCKED, owner.tryLock(4L * i, PRIVATE));
            if (i < locks) {
                new PiTask(own, 2 + i, words).prepareLock(4L * i, PRIVATE);
            }
        }
        PiTask comes = new PiTask(own, locks + 2, words);
        comes.setPriority(50);
        long best = Long.MAX_VALUE;
        for (int turn = 0; turn < 3; turn++) {
            long start = System.nanoTime();
            for (int i = 0; i < 3_000; i++) {
                assertEquals(
                        PiResult.CANCELLED,
                        comes.prepareLock(4L * locks, PRIVATE).cancel());
            }
            best = Math.min(best, System.nanoTime() - start);
        }
        owner.exit();
        return best;
    }

    /** A memory whose words are all 0. */
    private abstract static class Zeros implements FutexMemory {

        @Override
        public int load(long address) {
            return 0;
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            return 0;
        }
    }

    /** A memory that maps a huge object. */
    private static final class Sparse extends Zeros {

        private final MappedObject object = new MappedObject() {};

        @Override
        public FutexKey sharedKey(long address, Access access) {
            return SharedKey.at(object, address);
        }
    }

    @Test
    void offsetsThatDifferInHighBits_queueFast() {
        Sparse sparse = new Sparse();
        for (int stride : new int[] {45, 30, 20, 12}) {
            for (int i = 0; i < 1 << 17; i++) {
                table.prepare(sparse, (long) i << stride, SHARED, 0);
            }
            table.cancel(key -> true);
        }
    }

    @Test
    void keysThatCollideInOneTable_doNotCollideInAnother() {
        int buckets = 256;
        table = FutexTable.builder().buckets(buckets).build();
        FutexTable other = FutexTable.builder().buckets(buckets).build();
        Bucket crowded = table.buckets[7];
        int[] load = new int[buckets];
        int found = 0;
        for (long address = 0; found < 10_000; address += 4) {
            FutexKey key = new PrivateKey(memory, address);
            if (table.bucket(table.hash(key)) == crowded) {
                load[other.bucket(other.hash(key)).index]++;
                found++;
            }
        }
        int most = java.util.Arrays.stream(load).max().orElse(0);
        assertTrue(most < found / 8, "in one bucket of the other table: " + most);
    }

    @Test
    void endlessRequeues_doNotSlowHonestGuest() {
        int crowd = 1000;
        List<PreparedWait> waits = new ArrayList<>();
        for (int i = 0; i < crowd; i++) {
            waits.add(table.prepare(memory, 0, PRIVATE, 0));
        }
        for (int i = 0; i < 50_000; i++) {
            assertEquals(
                    crowd,
                    table.requeue(memory, 0, 64, PRIVATE, 0, Integer.MAX_VALUE).moved());
            assertEquals(
                    crowd,
                    table.requeue(memory, 64, 0, PRIVATE, 0, Integer.MAX_VALUE).moved());
            assertEquals(
                    crowd,
                    table.requeue(memory, 0, 0, PRIVATE, 0, Integer.MAX_VALUE).moved());
        }
        honestWork();
        for (PreparedWait wait : waits) {
            assertEquals(1, table.wake(memory, 0, PRIVATE, 1));
            assertEquals(WaitResult.WOKEN, wait.poll());
        }
    }

    @Test
    void requeues_leaveNoForwardingNodes() {
        PreparedWait wait = table.prepare(memory, 0, PRIVATE, 0);
        long before = LiveHeap.look().bytes();
        for (int i = 0; i < MILLION; i++) {
            table.requeue(memory, 0, 64, PRIVATE, 0, Integer.MAX_VALUE);
            table.requeue(memory, 64, 0, PRIVATE, 0, Integer.MAX_VALUE);
        }
        long grown = LiveHeap.look().bytes() - before;
        assertTrue(
                grown < 8 << 20,
                () -> grown + " bytes for one waiter"); // each remaining forwarding node would use at least 64
        assertEquals(1, table.wake(memory, 0, PRIVATE, 1));
        assertEquals(WaitResult.WOKEN, wait.poll());
    }

    @Test
    void requeuesOfMillionWaiters_visitFewAndKeepFewForwardingNodes() {
        List<PreparedWait> waits = new ArrayList<>();
        for (int i = 0; i < MILLION; i++) {
            waits.add(table.prepare(memory, 0, PRIVATE, 0));
        }
        long before = LiveHeap.look().bytes();
        long start = System.nanoTime();
        for (int i = 0; i < 10_000; i++) {
            table.requeue(memory, 0, 64, PRIVATE, 0, Integer.MAX_VALUE);
            table.requeue(memory, 64, 0, PRIVATE, 0, Integer.MAX_VALUE);
        }
        long took = System.nanoTime() - start;
        long grown = LiveHeap.look().bytes() - before;
        // moving all of them one time in sixteen would take a minute
        assertTrue(took < 5_000_000_000L, () -> took + " ns");
        assertTrue(grown < 8 << 20, () -> grown + " bytes for a million waiters");
        assertEquals(WaitResult.CANCELLED, waits.get(0).cancel()); // the first waiter has the longest forwarding chain
        assertEquals(MILLION - 1, table.wake(memory, 0, PRIVATE, Integer.MAX_VALUE));
    }

    @Test
    void endlessWaitsOn128Words_doNotSlowHonestGuest() {
        List<WaitWord> words = new ArrayList<>();
        for (int i = 0; i < FutexTable.MAX_WORDS; i++) {
            words.add(new WaitWord(4L * (i % 16), PRIVATE, 0));
        }
        for (int i = 0; i < 20_000; i++) {
            PreparedWait any = table.prepareAny(memory, words, i % 3);
            assertEquals(1, table.wake(memory, 4L * (i % 16), PRIVATE, 1));
            assertEquals(WaitResult.WOKEN, any.poll());
            assertEquals(0, table.waiterCount(memory, 4, PRIVATE));
        }
        honestWork();
    }

    @Test
    void manyWaitsEnded_tableReleasesMemory() {
        long after = leftOver(MILLION, wait -> {});
        assertTrue(after < SMALL, () -> after + " bytes left over");
    }

    private static final long SMALL = 4 << 20;

    /**
     * Returns the bytes that remain in use after many waits, each of which is passed to a consumer that may keep it.
     */
    private long leftOver(int crowd, Consumer<PreparedWait> keeper) {
        FutexTable big = new FutexTable();
        table = big;
        long before = LiveHeap.look().bytes();
        for (int i = 0; i < crowd; i++) {
            keeper.accept(table.prepare(memory, 4L * i, PRIVATE, 0));
        }
        long crowded = LiveHeap.look().bytes() - before;
        assertEquals(crowd, table.cancel(key -> true));
        long after = LiveHeap.look().bytes() - before;
        assertTrue(crowded < 300L * crowd + SMALL, () -> crowded / crowd + " bytes a waiter");
        requireNonNull(big);
        requireNonNull(keeper);
        return after;
    }

    // ---- the mutants

    @Test
    void keptWaiters_areDetected() {
        List<PreparedWait> kept = new ArrayList<>();
        long after = leftOver(MILLION / 10, kept::add);
        assertTrue(after > SMALL, () -> "the leak is not detected: " + after + " bytes");
    }

    /** A memory whose words all have one hash, as a guest could build it if it knew a table's hash secret. */
    private static final class Colliding extends Zeros {

        private record Inode(long seed) implements MappedObject {}

        private int last;

        /** Returns the address of the next word. */
        long next() {
            last++;
            return 4L * last;
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            return SharedKey.at(new Inode(-address), address);
        }
    }

    /** Returns how many steps are done within a time limit. */
    private static int done(long nanos, int steps, Runnable step) {
        long start = System.nanoTime();
        int done = 0;
        while (done < steps && System.nanoTime() - start < nanos) {
            step.run();
            done++;
        }
        return done;
    }

    private static long nanos(int steps, Runnable step) {
        long start = System.nanoTime();
        assertEquals(steps, done(Long.MAX_VALUE, steps, step));
        return System.nanoTime() - start;
    }

    @Test
    void collidingKeys_exceedTenTimesTheTime() {
        int crowd = 1 << 17;
        Sparse sparse = new Sparse();
        int[] i = new int[1];
        long needed = nanos(crowd, () -> table.prepare(sparse, (long) i[0]++ << 20, SHARED, 0));
        table.cancel(key -> true);
        Colliding colliding = new Colliding();
        assertEquals(
                colliding.sharedKey(colliding.next(), Access.READ).hash(),
                colliding.sharedKey(colliding.next(), Access.READ).hash());
        int done = done(10 * needed, crowd, () -> table.prepare(colliding, colliding.next(), SHARED, 0));
        assertTrue(done < crowd, "colliding keys cost nothing");
    }

    @Test
    void linearQueueing_exceedsTenTimesTheTime() throws ReflectiveOperationException {
        WaitOptions middle = WaitOptions.DEFAULT.priority(50);
        for (int i = 0; i < MILLION / 2; i++) {
            table.prepare(memory, 0, PRIVATE, 0);
        }
        table.prepare(memory, 0, PRIVATE, 0, WaitOptions.DEFAULT.priority(99));
        int pushes = 10_000;
        Runnable push = () -> table.prepare(memory, 0, PRIVATE, 0, middle).cancel();
        long needed = nanos(pushes, push);

        FutexKey key = new PrivateKey(memory, 0);
        long hash = table.hash(key);
        WaitQueue q = requireNonNull(table.bucket(hash).findLocked(key, hash));
        Field levels = WaitQueue.class.getDeclaredField("levels");
        levels.setAccessible(true);
        levels.set(q, null); // as if its allocation had failed
        int done = done(10 * needed, pushes, push);
        assertTrue(done < pushes, "visiting half a million waiters costs nothing");
    }
}

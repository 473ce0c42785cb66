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
 * Guests that want to make the host, and everybody else on the table, slow or fat.
 *
 * <p>The limits of time are some tens of times of what is needed, and some tens of times less than what it takes if a step depends on how many others wait. How
 * much an honest guest notices is {@code HostileBenchmark}'s question. That such a step, or something that is kept, would be seen is shown by the last three tests.
 */
@Timeout(30)
class HostileGuestTest {

    private static final int MILLION = 1_000_000;
    private static final long HONEST = 8;

    private FutexTable table = FutexTable.builder().buckets(2).build(); // so everybody meets
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(4 * MILLION + 4096));

    @AfterEach
    void nothingIsLeftOver() throws Exception {
        table.cancel(key -> true);
        TableEmptyCheck.check(table);
    }

    /** An honest guest waits and is woken, over and over. */
    private void honestWork() {
        FlatMemory own = FlatMemory.of(ByteBuffer.allocateDirect(64));
        for (int i = 0; i < 100_000; i++) {
            PreparedWait wait = table.prepare(own, HONEST, PRIVATE, 0);
            assertEquals(1, table.wake(own, HONEST, PRIVATE, 1));
            assertEquals(WaitResult.WOKEN, wait.poll());
        }
    }

    @Test
    void aMillionAddresses() {
        List<PreparedWait> waits = new ArrayList<>(MILLION);
        for (int i = 0; i < MILLION; i++) {
            waits.add(table.prepare(memory, 4L * i, PRIVATE, 0));
        }
        honestWork();
        Collections.shuffle(waits, new Random(1));
        waits.forEach(PreparedWait::cancel);
    }

    @Test
    void aMillionWaitersOnOneWord() {
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
    void aMillionWaitersInFrontOfWhomOthersPush() {
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
    void crowdThatWaitsForALockInFrontOfWhomOthersPush() {
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

    /** What one more waiter costs does not depend on how many locks the owner has. */
    @Test
    void ownerOfManyLocksThatOthersWaitFor() {
        long few = roundsAtAnOwnerOf(10);
        long many = roundsAtAnOwnerOf(30_000);
        assertTrue(many < 20 * few, () -> many + " ns beside " + few);
    }

    /** The time of some thousand waits that begin and end, the best of three. */
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

    /** A memory all words of which are 0. */
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

    /** A memory of a huge object. */
    private static final class Sparse extends Zeros {

        private final MappedObject object = new MappedObject() {};

        @Override
        public FutexKey sharedKey(long address, Access access) {
            return SharedKey.at(object, address);
        }
    }

    @Test
    void placesInAHugeFileThatDifferInHighBitsOnly() {
        Sparse sparse = new Sparse();
        for (int stride : new int[] {45, 30, 20, 12}) {
            for (int i = 0; i < 1 << 17; i++) {
                table.prepare(sparse, (long) i << stride, SHARED, 0);
            }
            table.cancel(key -> true);
        }
    }

    @Test
    void keysThatCollideInOneTableDoNotInAnother() {
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
    void requeuesWithoutEnd() {
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
    void requeuesLeaveNothingBehindOfTheQueuesOnTheWay() {
        PreparedWait wait = table.prepare(memory, 0, PRIVATE, 0);
        long before = LiveHeap.look().bytes();
        for (int i = 0; i < MILLION; i++) {
            table.requeue(memory, 0, 64, PRIVATE, 0, Integer.MAX_VALUE);
            table.requeue(memory, 64, 0, PRIVATE, 0, Integer.MAX_VALUE);
        }
        long grown = LiveHeap.look().bytes() - before;
        assertTrue(
                grown < 8 << 20,
                () -> grown + " bytes for one waiter"); // each queue on the way would be 64 at the least
        assertEquals(1, table.wake(memory, 0, PRIVATE, 1));
        assertEquals(WaitResult.WOKEN, wait.poll());
    }

    @Test
    void requeuesOfAMillionTouchFewOfThemAndKeepFewArrows() {
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
        assertTrue(took < 5_000_000_000L, () -> took + " ns"); // all of them one time in sixteen would be a minute
        assertTrue(grown < 8 << 20, () -> grown + " bytes for a million waiters");
        assertEquals(WaitResult.CANCELLED, waits.get(0).cancel()); // who came first has the longest way to go
        assertEquals(MILLION - 1, table.wake(memory, 0, PRIVATE, Integer.MAX_VALUE));
    }

    @Test
    void waitsOnAHundredAndTwentyEightWordsWithoutEnd() {
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
    void tableIsSmallAgainAfterTheCrowd() {
        long after = leftOver(MILLION, wait -> {});
        assertTrue(after < SMALL, () -> after + " bytes left over");
    }

    private static final long SMALL = 4 << 20;

    /** How many bytes are left over after a crowd of waiters, each of whom is handed to somebody who may keep it. */
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

    // ---- the twins

    @Test
    void keptWaitersAreSeen() {
        List<PreparedWait> kept = new ArrayList<>();
        long after = leftOver(MILLION / 10, kept::add);
        assertTrue(after > SMALL, () -> "the measure is blind: " + after + " bytes");
    }

    /** A memory whose words have all the same hash: what a guest would build that knows the secret of a table. */
    private static final class Colliding extends Zeros {

        private record Inode(long seed) implements MappedObject {}

        private int last;

        /** The address of another word. */
        long next() {
            last++;
            return 4L * last;
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            return SharedKey.at(new Inode(-address), address);
        }
    }

    /** How many of some steps are done in a time. */
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
    void crowdWhoseKeysCollideIsNotDoneInTenTimesTheTime() {
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
    void pushThatLooksAtEveryWaiterIsNotDoneInTenTimesTheTime() throws ReflectiveOperationException {
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
        levels.set(q, null); // as if there had been no memory for it
        int done = done(10 * needed, pushes, push);
        assertTrue(done < pushes, "looking at half a million costs nothing");
    }
}

package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.jfutex.Scope.SHARED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.PrivateKey;
import org.jfutex.key.WordSize;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.FlatMemory;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.OpenFile;
import org.jfutex.memory.Tmpfs;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The descriptions of a table's waiters that diagnostics show. */
@Timeout(60)
class DiagnosticsTest {

    private final VirtualClock clock = new VirtualClock();
    private final FutexTable table =
            FutexTable.builder().clock(clock).spinPolicy(SpinPolicy.NONE).build();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(4096));

    private static Thread start(FutureTask<WaitResult> task) {
        Thread t = new Thread(task, "guest");
        t.setDaemon(true);
        t.start();
        while (LockSupport.getBlocker(t) == null) {
            assertTrue(t.isAlive());
            Thread.onSpinWait();
        }
        return t;
    }

    @Test
    void parkBlocker_describesKeyAndMemory() throws Exception {
        FutureTask<WaitResult> wait = new FutureTask<>(() -> table.await(memory, 0x40, PRIVATE, 0));
        Thread t = start(wait);
        assertEquals(
                "futex wait on private 0x40 in " + memory,
                LockSupport.getBlocker(t).toString());
        table.wake(memory, 0x40, PRIVATE, 1);
        wait.get();
    }

    @Test
    void parkBlocker_waitOnManyWords_listsAllKeys() throws Exception {
        List<WaitWord> words = List.of(new WaitWord(0, PRIVATE, 0), new WaitWord(4, PRIVATE, 0));
        FutureTask<WaitResult> wait =
                new FutureTask<>(() -> table.prepareAny(memory, words, 0).await());
        Thread t = start(wait);
        assertEquals(
                "futex wait on any of private 0x0 in " + memory + ", private 0x4 in " + memory,
                LockSupport.getBlocker(t).toString());
        List<WaiterInfo> places = table.waiters();
        assertEquals(List.of(t, t), places.stream().map(WaiterInfo::thread).toList());
        assertSame(places.get(0).pending(), places.get(1).pending());
        table.wake(memory, 4, PRIVATE, 1);
        wait.get();
    }

    @Test
    void waiters_describeThreadStartAndMissingWake() throws Exception {
        clock.advance(5);
        FutureTask<WaitResult> wait = new FutureTask<>(() -> table.await(memory, 8, PRIVATE, 0));
        Thread t = start(wait);
        String key = "private 0x8 in " + memory;
        WaiterInfo before = table.waiters().get(0);
        assertEquals(t, before.thread());
        assertFalse(before.changedButNotWoken());
        assertEquals(key + ": guest since 5 expects 0x0, holds 0x0", before.toString());
        memory.store(8, 1);
        assertEquals(
                key + ": guest since 5 expects 0x0, holds 0x1, changed but not woken",
                table.waiters().get(0).toString());
        table.wake(memory, 8, PRIVATE, 1);
        wait.get();
    }

    /**
     * If the wait ended earlier, by a wake of its first word, a later list position could be taken by another waiter.
     */
    @Test
    void waitOnManyWords_isListedWhenFullyQueued() {
        List<WaiterInfo> half = new ArrayList<>();
        FutexMemory looked = new PiWorld.Space(memory, 0) {
            @Override
            public int load(long address) {
                if (address != 0) {
                    half.addAll(WaiterDump.dump(new Bucket[] {bucketOf(this, 0)}, 0));
                }
                return super.load(address);
            }
        };
        long other = 4;
        while (bucketOf(looked, other) == bucketOf(looked, 0)) {
            other += 4;
        }
        table.prepareAny(looked, List.of(new WaitWord(0, PRIVATE, 0), new WaitWord(other, PRIVATE, 0)), 0);
        assertEquals(List.of(), half);
        assertEquals(2, table.waiters().size());
    }

    private Bucket bucketOf(FutexMemory mm, long address) {
        return table.bucket(table.hash(new PrivateKey(mm, address)));
    }

    @Test
    void move_overlappingRange_isRejectedBeforeAnyMove() {
        PreparedWait wait = table.prepare(memory, 16, Scope.PRIVATE, 0);
        for (long to : new long[] {9, 12, 16, 23}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> table.mappingListener().moved(memory, 16, 8, to));
            assertEquals(1, table.waiterCount(memory, 16, Scope.PRIVATE));
        }
        table.mappingListener().moved(memory, 16, 8, 24);
        table.mappingListener().moved(memory, 24, 8, 16);
        assertEquals(1, table.wake(memory, 16, Scope.PRIVATE, 1));
        assertEquals(WaitResult.WOKEN, wait.poll());
    }

    @Test
    void requeuedWaiterAfterMove_expectsNoValue() {
        table.prepare(memory, 8, PRIVATE, 0);
        table.requeue(memory, 8, 16, PRIVATE, 0, 1);
        table.mappingListener().moved(memory, 16, 4, 64);
        memory.store(64, 1);
        WaiterInfo moved = table.waiters().get(0);
        assertEquals(new PrivateKey(memory, 64), moved.key());
        assertEquals(OptionalLong.of(1), moved.actual());
        assertEquals(OptionalLong.empty(), moved.expected());
    }

    @Test
    void waiterRequeuedToOtherSize_isListedWithoutValue() {
        table.prepare(memory, 8, PRIVATE, 0);
        assertEquals(
                1,
                table.compareAndRequeue(memory, 8, 18, PRIVATE, WordSize.U16, 0, 1, 0)
                        .moved());
        assertEquals(OptionalLong.empty(), table.waiters().get(0).actual());
        assertEquals(List.of(), table.findStuckWaiters(Duration.ZERO));
    }

    @Test
    void sharedWord_remappedAddress_isNotRead() throws Exception {
        AddressSpace space = new AddressSpace();
        Tmpfs files = new Tmpfs();
        long word = space.map(page(files.create("one")));
        table.prepare(space, word, SHARED, 0);
        assertEquals(OptionalLong.of(0), table.waiters().get(0).actual());
        space.map(page(files.create("other")).at(word));
        assertEquals(OptionalLong.empty(), table.waiters().get(0).actual());
    }

    private static MapRequest page(OpenFile file) {
        file.file().truncate(4096);
        return MapRequest.file(file, 0, 4096).shared();
    }

    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void longWaiter_betweenStoreAndWake_isNotStuck() {
        table.prepare(memory, 8, PRIVATE, 0);
        assertEquals(List.of(), table.findStuckWaiters(SECOND));
        clock.advance(Duration.ofHours(1).toNanos());
        memory.store(8, 1);
        assertEquals(List.of(), table.findStuckWaiters(SECOND));
        assertEquals(1, table.wake(memory, 8, PRIVATE, 1));
    }

    @Test
    void waiter_wordChangedForMinimumTime_isStuck() {
        table.prepare(memory, 8, PRIVATE, 0);
        memory.store(8, 1);
        assertEquals(List.of(), table.findStuckWaiters(SECOND));
        clock.advance(SECOND.toNanos() - 1);
        assertEquals(List.of(), table.findStuckWaiters(SECOND));
        clock.advance(1);
        assertEquals(1, table.findStuckWaiters(SECOND).size());
        assertEquals(List.of(), table.findStuckWaiters(SECOND.plusNanos(1)));
    }

    @Test
    void stuckTime_wordAsExpectedAgain_restarts() {
        table.prepare(memory, 8, PRIVATE, 0);
        memory.store(8, 1);
        assertEquals(1, table.findStuckWaiters(Duration.ZERO).size());
        clock.advance(2 * SECOND.toNanos());
        memory.store(8, 0);
        assertEquals(List.of(), table.findStuckWaiters(Duration.ZERO));
        memory.store(8, 1);
        assertEquals(List.of(), table.findStuckWaiters(SECOND));
        clock.advance(SECOND.toNanos());
        assertEquals(1, table.findStuckWaiters(SECOND).size());
    }

    @Test
    void stuckTime_newWaiter_startsAtZero() {
        PreparedWait first = table.prepare(memory, 8, PRIVATE, 0);
        memory.store(8, 1);
        assertEquals(List.of(), table.findStuckWaiters(SECOND));
        clock.advance(2 * SECOND.toNanos());
        first.cancel();
        table.prepare(memory, 8, PRIVATE, 1);
        memory.store(8, 2);
        assertEquals(List.of(), table.findStuckWaiters(SECOND));
    }

    @Test
    void stuckTime_requeuedWaiter_restarts() {
        table.prepare(memory, 8, PRIVATE, 0);
        memory.store(8, 1);
        assertEquals(1, table.findStuckWaiters(Duration.ZERO).size());
        table.requeue(memory, 8, 16, PRIVATE, 0, 1);
        assertEquals(List.of(), table.findStuckWaiters(Duration.ZERO));
    }

    @Test
    void keyLimitExceeded_isRejectedAndQueuesNoWaiter() {
        FutexTable limited = FutexTable.builder().keyWaiterLimit(2).build();
        PreparedWait first = limited.prepare(memory, 0, PRIVATE, 0);
        limited.prepare(memory, 0, PRIVATE, 0);
        var refusal = assertThrows(TooManyWaitersException.class, () -> limited.prepare(memory, 0, PRIVATE, 0));
        assertEquals(
                "2 waiters are queued on private 0x0 in " + memory + " already, the limit is 2", refusal.getMessage());
        assertEquals(2, limited.waiterCount(memory, 0, PRIVATE));
        assertNull(limited.prepare(memory, 4, PRIVATE, 0).poll());
        first.cancel();
        assertNull(limited.prepare(memory, 0, PRIVATE, 0).poll());
    }

    @Test
    void tableLimitExceeded_isRejectedForEveryKindOfWait() {
        FutexTable limited =
                FutexTable.builder().waiterLimit(2).tasks(this::owner).build();
        tasks = new PiTask[] {new PiTask(limited, 1, memory), new PiTask(limited, 2, memory)};
        limited.prepare(memory, 0, PRIVATE, 0);
        assertThrows(
                TooManyWaitersException.class,
                () -> limited.prepareAny(memory, List.of(new WaitWord(4, PRIVATE, 0), new WaitWord(8, PRIVATE, 0)), 0));
        assertEquals(1, limited.waiters().size());
        PreparedWait second = limited.prepareUnchecked(memory, 4, PRIVATE);
        memory.store(64, 1);
        var refusal = assertThrows(TooManyWaitersException.class, () -> tasks[1].prepareLock(64, PRIVATE));
        assertEquals("2 waiters are queued in this table already, the limit is 2", refusal.getMessage());
        second.cancel();
        PiWait lock = tasks[1].prepareLock(64, PRIVATE);
        assertNull(lock.poll());
        assertEquals(PiResult.CANCELLED, lock.cancel());
    }

    private PiTask[] tasks = {};

    private PiTask owner(int tid) {
        return tasks[tid - 1];
    }

    @Test
    void limit_notPositive_isRejected() {
        assertThrows(IllegalArgumentException.class, () -> FutexTable.builder().waiterLimit(0));
        assertThrows(IllegalArgumentException.class, () -> FutexTable.builder().keyWaiterLimit(-1));
    }

    @Test
    void find_cycleOfOwners_isFoundButChainIsNot() {
        // 1 waits for 2, 2 for 3, 3 for 1; 4 waits for the cycle; 5 waits for a word without an owner
        memory.store(0, 2 | 1 << 31);
        memory.store(4, 3);
        memory.store(8, 1);
        memory.store(12, 1);
        memory.store(16, 0);
        for (int i = 0; i < 5; i++) {
            table.prepare(memory, 4L * i, PRIVATE, memory.load(4L * i));
        }
        List<List<WaiterInfo>> circles = Deadlocks.find(table.waiters(), DiagnosticsTest::waiter);
        assertEquals(1, circles.size());
        assertEquals(
                List.of(1, 2, 3),
                circles.get(0).stream().map(DiagnosticsTest::waiter).sorted().toList());
        memory.store(8, 0);
        assertEquals(List.of(), Deadlocks.find(table.waiters(), DiagnosticsTest::waiter));
    }

    @Test
    void waiterForItself_isACycle() {
        memory.store(0, 1);
        table.prepare(memory, 0, PRIVATE, 1);
        assertEquals(1, Deadlocks.find(table.waiters(), DiagnosticsTest::waiter).size());
    }

    /** Thread i + 1 waits on word i. */
    private static int waiter(WaiterInfo w) {
        return (int) ((org.jfutex.key.PrivateKey) w.key()).address() / 4 + 1;
    }
}

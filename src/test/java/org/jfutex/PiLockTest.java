package org.jfutex;

import static org.jfutex.PiWorld.D;
import static org.jfutex.PiWorld.W;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.time.Deadline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** All rows of the word protocol and of the state table, as recorded on Linux 6.18. */
class PiLockTest {

    private static final long LOCK = 64;
    private static final int T = 7;
    private static final int LIVE = 8;
    private static final int DEAD = 9;
    private static final int KERNEL = 2;
    private static final int NOBODY = 99;

    private final PiWorld w = new PiWorld();
    private final PiTask me = w.task(T);
    private final PiTask other = w.task(LIVE);

    PiLockTest() {
        w.add(PiTask.kernelThread(w.table, KERNEL), 0);
        w.task(DEAD).exit();
    }

    @Test
    void handOver_clockFails_lockIsReleased() {
        Map<Integer, PiTask> tasks = new ConcurrentHashMap<>();
        List<PiTask> owner = new ArrayList<>();
        FutexTable table = FutexTable.builder()
                .tasks(tasks::get)
                .clock(new FixedClock(() -> {
                    owner.get(0).unlock(LOCK, Scope.PRIVATE);
                    throw new IllegalStateException("planned");
                }))
                .build();
        PiTask waiting = new PiTask(table, T, w.memory);
        owner.add(new PiTask(table, LIVE, w.memory));
        tasks.put(T, waiting);
        tasks.put(LIVE, owner.get(0));
        assertEquals(PiResult.LOCKED, owner.get(0).tryLock(LOCK, Scope.PRIVATE));
        assertThrows(IllegalStateException.class, () -> waiting.lock(LOCK, Scope.PRIVATE, Deadline.after(1)));
        assertEquals(0, w.word(LOCK));
    }

    /** The task's exit comes between its read of the word and its lock. */
    @ParameterizedTest
    @CsvSource({"00000000", "40000000"})
    void lock_takenAfterExit_isReleased(String before) {
        AtomicReference<Runnable> hook = new AtomicReference<>(() -> {});
        PiTask dying = w.foreigner(20, new PiWorld.Space(w.object, 0) {
            @Override
            public int load(long address) {
                int word = super.load(address);
                hook.getAndSet(() -> {}).run();
                return word;
            }
        });
        int word = Integer.parseUnsignedInt(before, 16);
        w.store(LOCK, word);
        dying.addRobust(LOCK);
        hook.set(dying::exit);
        assertThrows(IllegalStateException.class, () -> dying.prepareLock(LOCK, Scope.SHARED));
        assertEquals(word, w.word(LOCK));
    }

    /**
     * Ids: T is 7, a live task 8, a dead task 9, a kernel thread 2, no task 99. W and D as in the table of golden
     * vectors.
     */
    @ParameterizedTest
    @CsvSource({
        "0,          LOCKED,        00000007",
        "00000007,   DEADLOCK,      00000007",
        "80000007,   DEADLOCK,      80000007",
        "40000007,   DEADLOCK,      40000007",
        "80000000,   LOCKED,        00000007",
        "40000000,   LOCKED,        40000007",
        "c0000000,   LOCKED,        40000007",
        "00000063,   NO_OWNER,      80000063",
        "40000063,   NO_OWNER,      c0000063",
        "00000009,   NO_OWNER,      80000009",
        "00000002,   NOT_PERMITTED, 80000002",
        "00000008,   WOULD_BLOCK,   80000008",
        "c0000008,   WOULD_BLOCK,   c0000008"
    })
    void lockAndTryFollowTheGoldenVectors(String before, PiResult result, String after) {
        for (Scope scope : Scope.values()) {
            w.store(LOCK, Integer.parseUnsignedInt(before, 16));
            assertEquals(result, me.tryLock(LOCK, scope));
            assertEquals(Integer.parseUnsignedInt(after, 16), w.word(LOCK));

            w.store(LOCK, Integer.parseUnsignedInt(before, 16));
            PiWait wait = me.prepareLock(LOCK, scope);
            assertEquals(result == PiResult.WOULD_BLOCK ? null : result, wait.poll());
            assertEquals(Integer.parseUnsignedInt(after, 16), w.word(LOCK));
            wait.cancel();
            assertEquals(Integer.parseUnsignedInt(after, 16), w.word(LOCK));
        }
        w.assertQuiet();
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void deadlineThatPassesLeavesTheWaitersBit(Scope scope) throws InterruptedException {
        w.lock(other, LOCK, scope);
        assertEquals(PiResult.TIMED_OUT, me.lock(LOCK, scope, Deadline.after(0)));
        assertEquals(LIVE | W, w.word(LOCK));
        assertEquals(PiResult.UNLOCKED, other.unlock(LOCK, scope));
        assertEquals(0, w.word(LOCK));
        w.assertQuiet();
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void passedDeadlineTakesAFreeLock(Scope scope) throws InterruptedException {
        assertEquals(PiResult.LOCKED, me.lock(LOCK, scope, Deadline.after(-1)));
        assertEquals(T, w.word(LOCK));
    }

    @Test
    void lock_privateWordOfOtherSpace_isNotPermitted() {
        PiTask foreigner = w.foreigner(20, new PiWorld.Space(w.object, 0));
        w.store(LOCK, 20);
        assertEquals(PiResult.NOT_PERMITTED, me.prepareLock(LOCK, Scope.PRIVATE).poll());
        assertEquals(PiResult.NOT_PERMITTED, me.tryLock(LOCK, Scope.PRIVATE));
        assertEquals(20 | W, w.word(LOCK));
        foreigner.exit();
        assertEquals(PiResult.NO_OWNER, me.tryLock(LOCK, Scope.PRIVATE));
    }

    @Test
    void lock_sharedWordOfOtherSpace_isHandedOver() {
        PiTask foreigner = w.foreigner(20, new PiWorld.Space(w.object, 0x10000));
        assertEquals(PiResult.LOCKED, foreigner.tryLock(0x10000 + LOCK, Scope.SHARED));
        assertEquals(PiResult.WOULD_BLOCK, me.tryLock(LOCK, Scope.SHARED));
        PiWait wait = w.block(me, LOCK, Scope.SHARED);
        assertEquals(20 | W, w.word(LOCK));
        assertEquals(PiResult.UNLOCKED, foreigner.unlock(0x10000 + LOCK, Scope.SHARED));
        assertEquals(PiResult.LOCKED, wait.poll());
        assertEquals(T | W, w.word(LOCK));
    }

    @Test
    void unlock_privateAndSharedWaiters_areSeparate() {
        w.lock(other, LOCK, Scope.PRIVATE);
        PiWait wait = w.block(me, LOCK, Scope.PRIVATE);
        assertEquals(PiResult.UNLOCKED, other.unlock(LOCK, Scope.SHARED));
        assertEquals(0, w.word(LOCK));
        assertNull(wait.poll());
        wait.cancel();
        w.assertQuiet();
    }

    // ---- the state table; the rows are those of PiLock

    @ParameterizedTest
    @CsvSource({
        "00000008, WOULD_BLOCK, [5]",
        "80000008, WOULD_BLOCK, [5]",
        "c0000008, WOULD_BLOCK, [5]",
        "40000000, WOULD_BLOCK, [6]",
        "c0000000, WOULD_BLOCK, [6]",
        "00000000, INCONSISTENT, [7]",
        "80000000, INCONSISTENT, [7]",
        "00000009, INCONSISTENT, [8]",
        "80000063, INCONSISTENT, [8]",
        "c000000a, INCONSISTENT, [8]",
        "80000007, DEADLOCK, [1]"
    })
    void tryLock_wordRewrittenUnderWaiter_followsTheTable(String word, PiResult verdict, String row) {
        for (Scope scope : Scope.values()) {
            w.store(LOCK, 0);
            w.lock(other, LOCK, scope);
            PiWait waiter = w.block(w.task(10), LOCK, scope);
            w.store(LOCK, Integer.parseUnsignedInt(word, 16));

            assertEquals(verdict, me.tryLock(LOCK, scope), row);
            PiWait second = me.prepareLock(LOCK, scope);
            assertEquals(verdict == PiResult.WOULD_BLOCK ? null : verdict, second.poll(), row);
            second.cancel();
            assertEquals(Integer.parseUnsignedInt(word, 16), w.word(LOCK), "a rejected call leaves the word unchanged");
            waiter.cancel();
        }
        w.assertQuiet();
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void plainWaiterInFrontMakesTheLockInconsistent(Scope scope) {
        PreparedWait plain = w.table.prepare(w.memory, LOCK, scope, 0);
        assertEquals(PiResult.INCONSISTENT, me.prepareLock(LOCK, scope).poll());
        assertEquals(PiResult.INCONSISTENT, me.tryLock(LOCK, scope));
        assertEquals(0, w.word(LOCK));
        plain.cancel();
        w.lock(me, LOCK, scope);
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void requeueWaiterInFrontMakesTheLockInconsistent(Scope scope) {
        PiWait waiter = w.blockRequeue(other, LOCK, 128, scope);
        assertEquals(PiResult.INCONSISTENT, me.prepareLock(LOCK, scope).poll());
        assertEquals(PiResult.INCONSISTENT, me.tryLock(LOCK, scope));
        waiter.cancel();
        w.assertQuiet();
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void wake_plainWaiterBehindLockWaiters_isRefused(Scope scope) {
        w.lock(other, LOCK, scope);
        PiWait waiter = w.block(me, LOCK, scope);
        PreparedWait plain = w.table.prepare(w.memory, LOCK, scope, LIVE | W);
        assertThrows(MixedWaitersException.class, () -> w.table.wake(w.memory, LOCK, scope, 1));
        assertNull(plain.poll());
        assertEquals(PiResult.UNLOCKED, other.unlock(LOCK, scope));
        assertEquals(PiResult.LOCKED, waiter.poll());
        assertEquals(1, w.table.wake(w.memory, LOCK, scope, 1));
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void unlock_plainWaiterFirst_isInconsistent(Scope scope) {
        w.lock(other, LOCK, scope);
        PiWait waiter = w.block(me, LOCK, scope);
        PreparedWait plain = w.table.prepare(
                w.memory, LOCK, scope, Integer.toUnsignedLong(LIVE | W), WaitOptions.DEFAULT.priority(10));
        assertEquals(PiResult.INCONSISTENT, other.unlock(LOCK, scope));
        assertEquals(LIVE | W, w.word(LOCK));
        plain.cancel();
        assertEquals(PiResult.UNLOCKED, other.unlock(LOCK, scope));
        assertEquals(PiResult.LOCKED, waiter.poll());
    }

    // ---- rejected calls and faults

    @ParameterizedTest
    @EnumSource(Scope.class)
    void lock_readOnlyWord_faultsAndLeavesNoWaiter(Scope scope) {
        w.memory.readOnly = true;
        w.store(LOCK, LIVE);
        assertThrows(MemoryFaultException.class, () -> me.prepareLock(LOCK, scope));
        assertThrows(MemoryFaultException.class, () -> me.tryLock(LOCK, scope));
        assertThrows(MemoryFaultException.class, () -> me.prepareLock(1 << 20, scope));
        assertEquals(LIVE, w.word(LOCK));
        w.assertQuiet();
    }

    @Test
    void illegalArguments_areRejectedInCallersTerms() {
        assertMessage("address 0x42 is not a multiple of 4", () -> me.prepareLock(66, Scope.PRIVATE));
        assertMessage("address 0x42 is not a multiple of 4", () -> me.unlock(66, Scope.PRIVATE));
        assertMessage("thread id 0 is not within 1 to 1073741823", () -> new PiTask(w.table, 0, w.memory));
        assertMessage(
                "thread id 1073741824 is not within 1 to 1073741823", () -> PiTask.kernelThread(w.table, 1 << 30));
        assertMessage("priority 100 is not within 0 to 99", () -> me.setPriority(100));
        assertMessage("priority -1 is not within 0 to 99", () -> me.setPriority(-1));
        PiTask kernel = PiTask.kernelThread(w.table, 3);
        assertMessage("task 3 is a kernel thread and owns no lock", () -> kernel.tryLock(64, Scope.PRIVATE));
        assertEquals(0, w.word(LOCK));
    }

    @Test
    void waitingOrDeadTask_isRejectedBeforeAnyChange() {
        w.lock(other, LOCK, Scope.PRIVATE);
        PiWait wait = w.block(me, LOCK, Scope.PRIVATE);
        for (long address : new long[] {LOCK, 128}) {
            assertEquals(
                    "task 7 waits already: " + wait,
                    assertThrows(IllegalStateException.class, () -> me.prepareLock(address, Scope.PRIVATE))
                            .getMessage());
        }
        assertThrows(IllegalStateException.class, () -> me.prepareWaitRequeue(128, 0, LOCK, Scope.PRIVATE));
        assertEquals(0, w.word(128));
        me.exit();
        assertEquals(PiResult.CANCELLED, wait.poll());
        assertEquals(
                "task 7 has exited",
                assertThrows(IllegalStateException.class, () -> me.tryLock(128, Scope.PRIVATE))
                        .getMessage());
        assertThrows(IllegalStateException.class, () -> me.exit());
        assertTrue(me.isDead());
        assertEquals(LIVE | W, w.word(LOCK));
    }

    @Test
    void taskOfOtherTable_isUnknown() {
        w.tasks.put(50, new PiWorld().task(50));
        w.store(LOCK, 50 | D);
        assertEquals(PiResult.NO_OWNER, me.tryLock(LOCK, Scope.SHARED));
    }

    @Test
    void tableWithoutRegistry_findsNoTask() {
        FutexTable plain = new FutexTable();
        PiTask task = new PiTask(plain, 1, w.memory);
        w.store(LOCK, NOBODY);
        assertEquals(PiResult.NO_OWNER, task.tryLock(LOCK, Scope.PRIVATE));
    }

    @Test
    void ownerThatDiesDuringLookup_wordIsReadAgain() {
        w.store(LOCK, 30);
        FutexTable racing = FutexTable.builder()
                .tasks(tid -> {
                    // its robust list is processed between the read of the word and the lookup of the task
                    w.store(LOCK, D);
                    return null;
                })
                .build();
        PiTask locker = new PiTask(racing, T, w.memory);
        assertEquals(PiResult.LOCKED, locker.tryLock(LOCK, Scope.PRIVATE));
        assertEquals(T | D, w.word(LOCK));
    }

    private static void assertMessage(String message, Runnable call) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }
}

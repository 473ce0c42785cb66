package org.jfutex;

import static org.jfutex.PiWorld.D;
import static org.jfutex.PiWorld.W;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.time.Deadline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PiRequeueTest {

    private static final long COND = 256;
    private static final long LOCK = 64;
    private static final int ALL = Integer.MAX_VALUE;

    private final PiWorld w = new PiWorld();
    private final PiTask caller = w.task(1);

    private PiRequeueResult requeue(Scope scope, int move) {
        return w.table.compareAndRequeuePi(w.memory, COND, LOCK, scope, move, w.word(COND));
    }

    private List<PiWait> waiters(Scope scope, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> w.blockRequeue(w.task(10 + i), COND, LOCK, scope))
                .toList();
    }

    private static PiRequeueResult done(int locked, int moved) {
        return new PiRequeueResult(PiResult.REQUEUED, locked, moved);
    }

    // ---- the golden vectors

    @ParameterizedTest
    @CsvSource({"0, 0000000a", "2147483647, 8000000a"})
    void requeue_freeLockOneWaiter_waiterOwnsLock(int move, String word) {
        for (Scope scope : Scope.values()) {
            w.store(LOCK, 0);
            PiWait wait = waiters(scope, 1).get(0);
            assertEquals(done(1, 0), requeue(scope, move));
            assertEquals(PiResult.LOCKED, wait.poll());
            assertFalse(wait.wasMoved());
            assertEquals(Integer.parseUnsignedInt(word, 16), w.word(LOCK));
            w.assertQuiet();
        }
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void requeue_freeLockOfDeadOwner_keepsOwnerDied(Scope scope) {
        w.store(LOCK, D | W);
        waiters(scope, 1);
        assertEquals(done(1, 0), requeue(scope, 0));
        assertEquals(10 | D, w.word(LOCK));
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void requeue_threeWaiters_ownTheLockInTurn(Scope scope) {
        List<PiWait> waits = waiters(scope, 3);
        assertEquals(done(1, 1), requeue(scope, 1));
        assertEquals(PiResult.LOCKED, waits.get(0).poll());
        assertNull(waits.get(1).poll());
        assertEquals(10 | W, w.word(LOCK));
        assertEquals(done(0, 1), requeue(scope, 0));
        for (int i = 0; i < 3; i++) {
            assertEquals(PiResult.LOCKED, waits.get(i).poll());
            assertEquals(i > 0, waits.get(i).wasMoved());
            assertEquals(PiResult.UNLOCKED, waits.get(i).task().unlock(LOCK, scope));
        }
        assertEquals(0, w.word(LOCK));
        w.assertQuiet();
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void requeue_noWaiterRunsBeforeUnlock(Scope scope) {
        w.lock(caller, LOCK, scope);
        List<PiWait> waits = waiters(scope, 3);
        assertEquals(done(0, 1), requeue(scope, 0));
        assertEquals(done(0, 2), requeue(scope, ALL));
        waits.forEach(wait -> assertNull(wait.poll()));
        assertEquals(1 | W, w.word(LOCK));
        PiTask owner = caller;
        for (PiWait wait : waits) {
            assertNull(wait.poll());
            owner.unlock(LOCK, scope);
            assertEquals(PiResult.LOCKED, wait.poll());
            owner = wait.task();
        }
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void movedWaiter_expectsNoValueOfLock(Scope scope) {
        w.lock(caller, LOCK, scope);
        waiters(scope, 1);
        assertEquals(OptionalLong.of(0), w.table.waiters().get(0).expected());
        assertEquals(done(0, 1), requeue(scope, 0));
        assertEquals(OptionalLong.empty(), w.table.waiters().get(0).expected());
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void requeue_withoutWaiters_isNoError(Scope scope) {
        assertEquals(done(0, 0), requeue(scope, ALL));
        assertEquals(0, w.word(LOCK));
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void valueThatDiffers_movesAndQueuesNoWaiter(Scope scope) {
        PiWait wait = waiters(scope, 1).get(0);
        assertEquals(
                new PiRequeueResult(PiResult.VALUE_DIFFERS, 0, 0),
                w.table.compareAndRequeuePi(w.memory, COND, LOCK, scope, 0, 5));
        assertNull(wait.poll());
        PiWait never = w.task(30).prepareWaitRequeue(COND, 5, LOCK, scope);
        assertEquals(PiResult.VALUE_DIFFERS, never.poll());
        assertEquals(1, w.table.waiterCount(w.memory, COND, scope));
        wait.cancel();
        w.assertQuiet();
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void requeue_waiterOfOtherKindOrLock_isUnchanged(Scope scope) {
        PiRequeueResult refused = new PiRequeueResult(PiResult.INCONSISTENT, 0, 0);

        PreparedWait plain = w.table.prepare(w.memory, COND, scope, 0);
        assertEquals(refused, requeue(scope, 5));
        assertEquals(1, w.table.wake(w.memory, COND, scope, 1));
        assertEquals(WaitResult.WOKEN, plain.poll());

        PiWait elsewhere = w.blockRequeue(w.task(30), COND, 512, scope);
        assertEquals(refused, requeue(scope, 5));
        assertNull(elsewhere.poll());
        elsewhere.cancel();

        w.lock(caller, COND, scope);
        PiWait locker = w.block(w.task(31), COND, scope);
        assertEquals(refused, requeue(scope, 5));
        assertNull(locker.poll());
        assertEquals(0, w.word(LOCK));
        locker.cancel();
        w.assertQuiet();
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void requeue_otherKindFurtherBack_stopsThere(Scope scope) {
        w.lock(caller, LOCK, scope);
        waiters(scope, 2);
        PreparedWait plain = w.table.prepare(w.memory, COND, scope, 0);
        assertEquals(new PiRequeueResult(PiResult.INCONSISTENT, 0, 2), requeue(scope, ALL));
        assertNull(plain.poll());
        assertEquals(2, w.table.waiterCount(w.memory, LOCK, scope));
        assertEquals(1, w.table.waiterCount(w.memory, COND, scope));
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void firstWaiterThatOwnsTheLockItselfStays(Scope scope) {
        PiWait wait = waiters(scope, 1).get(0);
        w.store(LOCK, 10);
        assertEquals(new PiRequeueResult(PiResult.DEADLOCK, 0, 0), requeue(scope, 0));
        assertNull(wait.poll());
        assertEquals(1, w.table.waiterCount(w.memory, COND, scope));
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void requeue_laterWaiterOwnsLock_firstIsMoved(Scope scope) {
        List<PiWait> waits = waiters(scope, 3);
        w.store(LOCK, 11);
        assertEquals(new PiRequeueResult(PiResult.DEADLOCK, 0, 1), requeue(scope, 5));
        waits.forEach(wait -> assertNull(wait.poll()));
        assertEquals(1, w.table.waiterCount(w.memory, LOCK, scope));
        assertEquals(2, w.table.waiterCount(w.memory, COND, scope));
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void requeue_deadOwner_returnsNoOwner(Scope scope) throws InterruptedException {
        PiWait wait = waiters(scope, 1).get(0);
        w.store(LOCK, 77);
        assertEquals(new PiRequeueResult(PiResult.NO_OWNER, 0, 0), requeue(scope, 5));
        assertEquals(PiResult.TIMED_OUT, wait.await(Deadline.after(0)));
        assertFalse(wait.wasMoved());
        assertEquals(77 | W, w.word(LOCK));
        w.assertQuiet();
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void timeout_afterMove_keepsWaitersBitAndLowersOwner(Scope scope) throws InterruptedException {
        w.lock(caller, LOCK, scope);
        PiWait wait = waiters(scope, 1).get(0);
        wait.task().setPriority(20);
        assertEquals(0, caller.effectivePriority());
        assertEquals(done(0, 1), requeue(scope, 0));
        assertEquals(20, caller.effectivePriority());
        assertEquals(PiResult.TIMED_OUT, wait.await(Deadline.after(0)));
        assertTrue(wait.wasMoved());
        assertEquals(0, caller.effectivePriority());
        assertEquals(1 | W, w.word(LOCK));
        w.assertQuiet();
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void contradictoryTargetIsInconsistentAndTheWaiterStays(Scope scope) {
        PiWait wait = waiters(scope, 1).get(0);
        PreparedWait plain = w.table.prepare(w.memory, LOCK, scope, 0);
        assertEquals(new PiRequeueResult(PiResult.INCONSISTENT, 0, 0), requeue(scope, 0));
        plain.cancel();
        w.lock(caller, LOCK, scope);
        PiWait locker = w.block(w.task(30), LOCK, scope);
        w.store(LOCK, 0);
        assertEquals(new PiRequeueResult(PiResult.INCONSISTENT, 0, 0), requeue(scope, 0));
        assertNull(wait.poll());
        assertNull(locker.poll());
        w.store(LOCK, 1);
        assertEquals(done(0, 1), requeue(scope, 0));
        assertEquals(2, w.table.waiterCount(w.memory, LOCK, scope));
    }

    // ---- other operations on requeue waiters

    @ParameterizedTest
    @EnumSource(Scope.class)
    void plainOperations_requeueWaiter_areRefused(Scope scope) {
        PiWait wait = waiters(scope, 1).get(0);
        WakeOp set = new WakeOp(WakeOp.Operation.SET, 0, false, WakeOp.Comparison.EQ, 0);
        assertThrows(MixedWaitersException.class, () -> w.table.wake(w.memory, COND, scope, 1));
        assertThrows(MixedWaitersException.class, () -> w.table.wake(w.memory, COND, scope, 1, WaitOptions.DEFAULT));
        assertThrows(MixedWaitersException.class, () -> w.table.wakeOp(w.memory, COND, 512, scope, 1, 1, set));
        assertThrows(MixedWaitersException.class, () -> w.table.requeue(w.memory, COND, 512, scope, 0, 1));
        assertThrows(MixedWaitersException.class, () -> w.table.requeue(w.memory, COND, COND, scope, 0, 1));
        assertNull(wait.poll());
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void movedWaitersInheritAndGoByPriority(Scope scope) {
        w.lock(caller, LOCK, scope);
        List<PiWait> waits = waiters(scope, 3);
        waits.get(2).task().setPriority(40);
        assertEquals(done(0, 3), requeue(scope, ALL));
        assertEquals(40, caller.effectivePriority());
        caller.unlock(LOCK, scope);
        assertEquals(PiResult.LOCKED, waits.get(2).poll());
        assertEquals(0, caller.effectivePriority());
    }

    @Test
    void cycleThroughFirstWaiter_isRejected() {
        PiTask waiter = w.task(10);
        w.lock(caller, LOCK, Scope.PRIVATE);
        w.lock(waiter, 128, Scope.PRIVATE);
        PiWait wait = w.blockRequeue(waiter, COND, LOCK, Scope.PRIVATE);
        w.block(caller, 128, Scope.PRIVATE);
        assertEquals(new PiRequeueResult(PiResult.DEADLOCK, 0, 0), requeue(Scope.PRIVATE, 0));
        assertNull(wait.poll());
        assertEquals(1 | W, w.word(LOCK));
    }

    @Test
    void requeue_waitersOfTwoSpaces_shareTheLock() {
        PiTask foreigner = w.foreigner(20, new PiWorld.Space(w.object, 0x10000));
        PiWait theirs = foreigner.prepareWaitRequeue(0x10000 + COND, 0, 0x10000 + LOCK, Scope.SHARED);
        PiWait ours = waiters(Scope.SHARED, 1).get(0);
        assertEquals(done(1, 1), requeue(Scope.SHARED, ALL));
        assertEquals(PiResult.LOCKED, theirs.poll());
        assertEquals(PiResult.UNLOCKED, foreigner.unlock(0x10000 + LOCK, Scope.SHARED));
        assertEquals(PiResult.LOCKED, ours.poll());
    }

    @Test
    void waitersOfDifferentLocksStandOnOneWord() {
        PiWait first = w.blockRequeue(w.task(10), COND, LOCK, Scope.PRIVATE);
        PiWait second = w.blockRequeue(w.task(11), COND, 128, Scope.PRIVATE);
        assertEquals(new PiRequeueResult(PiResult.INCONSISTENT, 1, 0), requeue(Scope.PRIVATE, 1));
        assertEquals(PiResult.LOCKED, first.poll());
        assertEquals(done(1, 0), w.table.compareAndRequeuePi(w.memory, COND, 128, Scope.PRIVATE, 0, 0));
        assertEquals(PiResult.LOCKED, second.poll());
    }

    /** The first read is made without a lock; the second one, under the lock, decides. */
    @ParameterizedTest
    @EnumSource(Scope.class)
    void valueThatChangesBetweenReads_queuesNoWaiterAndLeavesNoCount(Scope scope) {
        int[] looks = new int[1];
        PiTask task = w.foreigner(20, new PiWorld.Space(w.object, 0) {
            @Override
            public int load(long address) {
                return looks[0]++;
            }
        });
        assertEquals(
                PiResult.VALUE_DIFFERS,
                task.prepareWaitRequeue(COND, 0, LOCK, scope).poll());
        assertEquals(2, looks[0]);
        w.assertQuiet();
    }

    // ---- rejected calls

    @Test
    void oneWordForBoth_isRejectedAlsoThroughAlias() {
        PiWorld.Space twice = new PiWorld.Space(w.object, 0) {
            @Override
            public int load(long address) {
                return super.load(address & 0xfff);
            }

            @Override
            public org.jfutex.key.FutexKey sharedKey(long address, org.jfutex.key.Access access) {
                return super.sharedKey(address & 0xfff, access);
            }
        };
        PiTask task = w.foreigner(20, twice);
        long alias = COND + 0x1000;
        assertThrows(IllegalArgumentException.class, () -> task.prepareWaitRequeue(COND, 0, COND, Scope.PRIVATE));
        assertThrows(
                IllegalArgumentException.class,
                () -> w.table.compareAndRequeuePi(twice, COND, COND, Scope.PRIVATE, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> task.prepareWaitRequeue(COND, 0, alias, Scope.SHARED));
        assertThrows(
                IllegalArgumentException.class,
                () -> w.table.compareAndRequeuePi(twice, COND, alias, Scope.SHARED, 0, 0));
        assertEquals(
                PiResult.VALUE_DIFFERS,
                task.prepareWaitRequeue(COND, 9, alias, Scope.SHARED).poll());
        assertNull(task.prepareWaitRequeue(COND, 0, alias, Scope.PRIVATE).poll());
    }

    @Test
    void oneAddressForBoth_isRejectedBeforeAnyRead() {
        assertThrows(IllegalArgumentException.class, () -> caller.prepareWaitRequeue(COND, 1, COND, Scope.PRIVATE));
        for (Scope scope : Scope.values()) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> w.table.compareAndRequeuePi(w.memory, 1 << 20, 1 << 20, scope, 0, 0));
        }
    }

    @Test
    void negativeCountAndUnreadableWordsAreRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> w.table.compareAndRequeuePi(w.memory, COND, LOCK, Scope.PRIVATE, -1, 0));
        for (Scope scope : Scope.values()) {
            assertThrows(
                    MemoryFaultException.class,
                    () -> w.table.compareAndRequeuePi(w.memory, COND, 1 << 20, scope, 0, 0),
                    "even without waiters");
            assertThrows(MemoryFaultException.class, () -> caller.prepareWaitRequeue(1 << 20, 0, LOCK, scope));
        }
        w.memory.readOnly = true;
        assertEquals(done(0, 0), requeue(Scope.PRIVATE, 0));
        assertThrows(MemoryFaultException.class, () -> requeue(Scope.SHARED, 0));
        waiters(Scope.PRIVATE, 1);
        assertThrows(MemoryFaultException.class, () -> requeue(Scope.PRIVATE, 0));
        assertEquals(1, w.table.waiterCount(w.memory, COND, Scope.PRIVATE));
        w.table.cancel(key -> true);
        w.assertQuiet();
    }

    @Test
    void moved_isKnownOnlyAtTheEnd() {
        PiWait wait = waiters(Scope.PRIVATE, 1).get(0);
        assertThrows(IllegalStateException.class, wait::wasMoved);
    }
}

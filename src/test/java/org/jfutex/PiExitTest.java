package org.jfutex;

import static org.jfutex.PiWorld.D;
import static org.jfutex.PiWorld.W;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PiExitTest {

    private static final long LOCK = 64;

    private final PiWorld w = new PiWorld();
    private final PiTask owner = w.task(1);
    private final PiTask next = w.task(2);

    /** Tested with a word that a robust list has marked, and with a word that still holds the dead task's id. */
    @ParameterizedTest
    @CsvSource({"80000001", "c0000000", "40000000", "00000000", "12345678"})
    void exit_waiterOfDeadOwner_ownsMarkedLock(String word) {
        for (Scope scope : Scope.values()) {
            PiWorld fresh = new PiWorld();
            PiTask dying = fresh.task(1);
            PiTask heir = fresh.task(2);
            fresh.lock(dying, LOCK, scope);
            PiWait wait = fresh.block(heir, LOCK, scope);
            fresh.store(LOCK, Integer.parseUnsignedInt(word, 16));
            dying.exit();
            assertEquals(PiResult.LOCKED, wait.poll());
            assertEquals(2 | W | D, fresh.word(LOCK));
            assertEquals(PiResult.UNLOCKED, heir.unlock(LOCK, scope));
            assertEquals(0, fresh.word(LOCK));
            fresh.assertQuiet();
        }
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void exit_everyLock_goesToHighestWaiter(Scope scope) {
        List<PiWait> firsts = IntStream.range(0, 5)
                .mapToObj(i -> {
                    long lock = 256 + 64L * i;
                    w.lock(owner, lock, scope);
                    w.block(w.task(100 + i), lock, scope);
                    return w.block(w.task(200 + i, 10 + i), lock, scope);
                })
                .toList();
        assertEquals(14, owner.effectivePriority());
        w.known(100).setPriority(5);
        owner.exit();
        for (int i = 0; i < 5; i++) {
            assertEquals(PiResult.LOCKED, firsts.get(i).poll());
            assertEquals((200 + i) | W | D, w.word(256 + 64L * i));
        }
        w.known(200).setPriority(0);
        assertEquals(5, w.known(200).effectivePriority());
        assertEquals(0, owner.effectivePriority());
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void exit_lockWithoutWaiters_keepsDeadOwnersId(Scope scope) {
        w.lock(owner, LOCK, scope);
        owner.exit();
        assertEquals(1, w.word(LOCK));
        assertEquals(PiResult.NO_OWNER, next.prepareLock(LOCK, scope).poll());
        assertEquals(1 | W, w.word(LOCK));
        w.tasks.remove(1);
        assertEquals(PiResult.NO_OWNER, next.tryLock(LOCK, scope));
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void exit_waitOfDyingTask_isCancelledFirst(Scope scope) {
        w.lock(next, LOCK, scope);
        owner.setPriority(9);
        w.lock(owner, 128, scope);
        PiWait wait = w.block(owner, LOCK, scope);
        PiTask third = w.task(3);
        PiWait thirds = w.block(third, 128, scope);
        assertEquals(9, next.effectivePriority());
        owner.exit();
        assertEquals(PiResult.CANCELLED, wait.poll());
        assertEquals(0, next.effectivePriority());
        assertEquals(PiResult.LOCKED, thirds.poll());
        assertEquals(PiResult.UNLOCKED, next.unlock(LOCK, scope));
        assertEquals(0, w.word(LOCK));

        PiWait requeue = w.blockRequeue(third, 256, LOCK, scope);
        third.exit();
        assertEquals(PiResult.CANCELLED, requeue.poll());
        assertEquals(0, w.table.waiters().size());
    }

    /** The callback may take the lock itself, and would otherwise sleep for ever. */
    @ParameterizedTest
    @EnumSource(Scope.class)
    void exit_callbackOfCancelledWait_seesLocksHandedOver(Scope scope) {
        List<Object> heard = new ArrayList<>();
        PiTask holder = w.add(PiTask.listened(w.table, 4, w.memory, (task, priority) -> heard.add(w.word(128))), 0);
        w.lock(holder, LOCK, scope);
        w.lock(owner, 128, scope);
        PiWait heirs = w.block(next, 128, scope);
        owner.setPriority(9);
        PiWait wait = w.block(owner, LOCK, scope);
        heard.clear();
        wait.onEnd(result -> {
            heard.add(result);
            heard.add(heirs.poll());
        });
        owner.exit();
        assertEquals(List.of(2 | W | D, PiResult.CANCELLED, PiResult.LOCKED), heard);
    }

    @Test
    void exit_nextOwnerCannotWrite_followingWaiterGetsLock() {
        PiWorld.Space blind = new PiWorld.Space(w.object, 0x10000);
        PiTask foreigner = w.foreigner(20, blind);
        foreigner.setPriority(10);
        w.lock(owner, LOCK, Scope.SHARED);
        PiWait first = w.block(foreigner, 0x10000 + LOCK, Scope.SHARED);
        PiWait second = w.block(next, LOCK, Scope.SHARED);
        blind.readOnly = true;
        owner.exit();
        assertEquals(PiResult.FAULT, first.poll());
        assertEquals(PiResult.LOCKED, second.poll());
        assertEquals(2 | W | D, w.word(LOCK));
        w.assertQuiet();
    }

    @Test
    void exit_handsLockOverAtNextOwnersAddress() {
        PiTask foreigner = w.foreigner(20, new PiWorld.Space(w.object, 0x10000));
        w.lock(owner, LOCK, Scope.SHARED);
        PiWait wait = w.block(foreigner, 0x10000 + LOCK, Scope.SHARED);
        owner.exit();
        assertEquals(PiResult.LOCKED, wait.poll());
        assertEquals(20 | W | D, w.word(LOCK));
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void exit_waiterAfterRobustList_getsLock(Scope scope) {
        w.lock(owner, LOCK, scope);
        PiWait early = w.block(next, LOCK, scope);
        w.store(LOCK, W | D); // as processed from the robust list
        PiWait late = w.block(w.task(3), LOCK, scope);
        owner.exit();
        assertEquals(PiResult.LOCKED, early.poll());
        assertNull(late.poll());
        assertEquals(PiResult.UNLOCKED, next.unlock(LOCK, scope));
        assertEquals(PiResult.LOCKED, late.poll());
        assertEquals(3 | W, w.word(LOCK));
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void lock_ownerDiesDuringCall_readsWordAgain(Scope scope) throws Exception {
        w.lock(owner, LOCK, scope);
        Threads.Running<PiWait> waiter;
        w.table.inheritance.lock(); // a locker that found the owner alive stops at this lock
        try {
            waiter = Threads.start(() -> next.prepareLock(LOCK, scope));
            while (waiter.thread().getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            w.store(LOCK, W | D); // as processed from the robust list
            owner.exit();
        } finally {
            w.table.inheritance.unlock();
        }
        assertEquals(PiResult.LOCKED, waiter.get().poll());
        assertEquals(2 | D, w.word(LOCK));
    }

    // ---- robust words

    @ParameterizedTest
    @CsvSource({
        "00000001, 40000000",
        "80000001, c0000000",
        "40000001, 40000000",
        "00000002, 00000002",
        "80000000, 80000000"
    })
    void exit_registeredWordWithItsId_isMarked(String before, String after) {
        w.store(LOCK, Integer.parseUnsignedInt(before, 16));
        owner.addRobust(LOCK);
        owner.exit();
        assertEquals(after, String.format("%08x", w.word(LOCK)));
    }

    @Test
    void addRobust_repeated_needsAsManyRemovals() {
        for (long lock = LOCK; lock <= 10 * LOCK; lock += LOCK) {
            w.store(lock, 1);
            owner.addRobust(lock);
            owner.addRobust(lock);
            owner.removeRobust(lock);
        }
        owner.removeRobust(LOCK);
        owner.removeRobust(LOCK);
        owner.exit();
        assertEquals(1, w.word(LOCK));
        for (long lock = 2 * LOCK; lock <= 10 * LOCK; lock += LOCK) {
            assertEquals(D, w.word(lock));
        }
    }

    @Test
    void exit_removedWord_isNotMarked() {
        w.store(LOCK, 1);
        w.store(2 * LOCK, 1);
        owner.addRobust(LOCK);
        owner.addRobust(2 * LOCK);
        owner.removeRobust(2 * LOCK);
        owner.exit();
        assertEquals(D, w.word(LOCK));
        assertEquals(1, w.word(2 * LOCK));
    }

    @Test
    void exit_unmappedWord_otherWordsAreMarked() {
        w.store(LOCK, 1);
        owner.addRobust(1 << 20);
        owner.addRobust(LOCK);
        owner.addRobust(1 << 20);
        owner.exit();
        assertEquals(D, w.word(LOCK));
    }

    @Test
    void addRobust_misalignedWord_isRejected() {
        assertThrows(IllegalArgumentException.class, () -> owner.addRobust(LOCK + 2));
        owner.exit();
    }

    @Test
    void addRobust_deadOrUnknownTask_isRejected() {
        PiTask unknown = new PiTask(w.table, 77, w.memory);
        assertThrows(IllegalStateException.class, () -> unknown.addRobust(LOCK));
        owner.exit();
        assertThrows(IllegalStateException.class, () -> owner.addRobust(LOCK));
    }

    /**
     * While the exit processes one lock, another task locks the other one, whose word still holds the dying task's id.
     */
    @ParameterizedTest
    @EnumSource(Scope.class)
    void exit_lockDuringMarking_isNotReportedAsNoOwner(Scope scope) {
        AtomicReference<LongConsumer> hook = new AtomicReference<>(address -> {});
        PiWorld.Space stalling = new PiWorld.Space(w.object, 0) {
            @Override
            public int load(long address) {
                hook.getAndSet(other -> {}).accept(address);
                return super.load(address);
            }
        };
        PiTask dying = w.foreigner(20, stalling);
        PiTask comer = w.foreigner(21, stalling);
        w.lock(dying, LOCK, scope);
        w.lock(dying, 128, scope);
        dying.addRobust(LOCK);
        dying.addRobust(128);
        Map<Long, PiWait> waits = new HashMap<>();
        hook.set(first -> {
            long other = LOCK + 128 - first;
            waits.put(other, w.block(comer, other, scope));
        });
        dying.exit();
        waits.forEach((other, wait) -> {
            assertEquals(PiResult.LOCKED, wait.poll());
            assertEquals(21 | W | D, w.word(other));
            assertEquals(D, w.word(LOCK + 128 - other));
        });
        assertEquals(1, waits.size());
        w.assertQuiet();
    }

    /** The task waits when its exit begins, and the owner unlocks just after the exit has read the word. */
    @Test
    void unlock_exitingWaiter_doesNotGetLock() {
        AtomicReference<Runnable> hook = new AtomicReference<>(() -> {});
        PiTask dying = w.foreigner(20, new PiWorld.Space(w.object, 0) {
            @Override
            public int load(long address) {
                int word = super.load(address);
                hook.getAndSet(() -> {}).run();
                return word;
            }
        });
        w.lock(owner, LOCK, Scope.SHARED);
        dying.addRobust(LOCK);
        w.block(dying, LOCK, Scope.SHARED);
        hook.set(() -> assertEquals(PiResult.UNLOCKED, owner.unlock(LOCK, Scope.SHARED)));
        dying.exit();
        assertEquals(0, w.word(LOCK));
    }
}

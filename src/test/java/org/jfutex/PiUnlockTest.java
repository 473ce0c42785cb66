package org.jfutex;

import static org.jfutex.PiWorld.D;
import static org.jfutex.PiWorld.W;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.jfutex.key.MemoryFaultException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PiUnlockTest {

    private static final long LOCK = 64;

    private final PiWorld w = new PiWorld();
    private final PiTask owner = w.task(1);

    @ParameterizedTest
    @CsvSource({
        "00000001, UNLOCKED, 00000000",
        "80000001, UNLOCKED, 00000000",
        "40000001, UNLOCKED, 00000000",
        "c0000001, UNLOCKED, 00000000",
        "00000000, NOT_OWNER, 00000000",
        "80000000, NOT_OWNER, 80000000",
        "40000000, NOT_OWNER, 40000000",
        "00000002, NOT_OWNER, 00000002"
    })
    void unlockWithoutWaitersFollowsTheGoldenVectors(String before, PiResult result, String after) {
        for (Scope scope : Scope.values()) {
            w.store(LOCK, Integer.parseUnsignedInt(before, 16));
            assertEquals(result, owner.unlock(LOCK, scope));
            assertEquals(Integer.parseUnsignedInt(after, 16), w.word(LOCK));
        }
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void unlock_wordHasNextOwner_beforeItsNotification(Scope scope) {
        PiTask next = w.task(2);
        List<Integer> seen = new ArrayList<>();
        w.lock(owner, LOCK, scope);
        w.block(next, LOCK, scope).onEnd(result -> seen.add(w.word(LOCK)));
        assertEquals(PiResult.UNLOCKED, owner.unlock(LOCK, scope));
        assertEquals(List.of(2 | W), seen);
        assertEquals(PiResult.UNLOCKED, next.unlock(LOCK, scope));
        assertEquals(0, w.word(LOCK));
        w.assertQuiet();
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void unlock_ownerDied_handOffClearsMark(Scope scope) {
        w.store(LOCK, 1 | D);
        w.block(w.task(2), LOCK, scope);
        assertEquals(PiResult.UNLOCKED, owner.unlock(LOCK, scope));
        assertEquals(2 | W, w.word(LOCK));
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void unlock_severalWaiters_highestThenFirstOwns(Scope scope) {
        w.lock(owner, LOCK, scope);
        List<Integer> order = new ArrayList<>();
        int[] priorities = {0, 10, 50, 0, 10};
        for (int i = 0; i < priorities.length; i++) {
            PiTask task = w.task(10 + i, priorities[i]);
            w.block(task, LOCK, scope).onEnd(result -> order.add(task.tid()));
        }
        PiTask next = owner;
        for (int i = 0; i <= priorities.length; i++) {
            assertEquals(PiResult.UNLOCKED, next.unlock(LOCK, scope));
            next = w.tasks.getOrDefault(w.word(LOCK) & PiTask.MAX_TID, owner);
        }
        assertEquals(List.of(12, 11, 14, 10, 13), order);
        w.assertQuiet();
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void unlock_prioritiesChanged_currentOnesDecide(Scope scope) {
        w.lock(owner, LOCK, scope);
        PiTask a = w.task(2, 20);
        PiTask b = w.task(3, 10);
        PiWait waitA = w.block(a, LOCK, scope);
        PiWait waitB = w.block(b, LOCK, scope);
        b.setPriority(30);
        assertEquals(30, owner.effectivePriority());
        assertEquals(PiResult.UNLOCKED, owner.unlock(LOCK, scope));
        assertEquals(PiResult.LOCKED, waitB.poll());
        assertNull(waitA.poll());
        assertEquals(List.of(0, 30), List.of(owner.effectivePriority(), b.effectivePriority()));
        b.setPriority(5);
        assertEquals(20, b.effectivePriority(), "as high as its waiter");
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void setPriority_changedAndRestored_queuesBehindEquals(Scope scope) {
        w.lock(owner, LOCK, scope);
        PiTask a = w.task(2);
        PiWait waitA = w.block(a, LOCK, scope);
        PiWait waitB = w.block(w.task(3), LOCK, scope);
        a.setPriority(1);
        a.setPriority(0);
        owner.unlock(LOCK, scope);
        assertNull(waitA.poll());
        assertEquals(PiResult.LOCKED, waitB.poll());
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void unlock_ownerInWordOnly_isRefused(Scope scope) {
        w.lock(owner, LOCK, scope);
        PiTask thief = w.task(2);
        PiWait wait = w.block(w.task(3), LOCK, scope);
        w.store(LOCK, 2 | W);
        assertEquals(PiResult.NOT_OWNER, owner.unlock(LOCK, scope));
        assertEquals(PiResult.INCONSISTENT, thief.unlock(LOCK, scope));
        assertEquals(2 | W, w.word(LOCK));
        assertNull(wait.poll());
        w.store(LOCK, 1);
        assertEquals(PiResult.UNLOCKED, owner.unlock(LOCK, scope));
        assertEquals(PiResult.LOCKED, wait.poll());
        assertEquals(3 | W, w.word(LOCK));
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void unlock_otherKindFirst_isInconsistent(Scope scope) {
        w.store(LOCK, 1);
        PreparedWait plain = w.table.prepare(w.memory, LOCK, scope, 1);
        assertEquals(PiResult.INCONSISTENT, owner.unlock(LOCK, scope));
        plain.cancel();
        PiWait requeue = w.blockRequeue(w.task(2), LOCK, 128, scope);
        assertEquals(PiResult.INCONSISTENT, owner.unlock(LOCK, scope));
        assertEquals(1, w.word(LOCK));
        requeue.cancel();
        assertEquals(PiResult.UNLOCKED, owner.unlock(LOCK, scope));
        w.assertQuiet();
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void unlock_readOnlyWord_isReadBeforeFault(Scope scope) {
        w.lock(owner, LOCK, scope);
        PiWait wait = w.block(w.task(2, 9), LOCK, scope);
        w.memory.readOnly = true;
        assertEquals(PiResult.NOT_OWNER, w.task(3).unlock(LOCK, scope));
        assertThrows(MemoryFaultException.class, () -> owner.unlock(LOCK, scope));
        assertThrows(MemoryFaultException.class, () -> owner.unlock(1 << 20, scope));
        assertNull(wait.poll());
        assertEquals(9, owner.effectivePriority());
        w.memory.readOnly = false;
        assertEquals(PiResult.UNLOCKED, owner.unlock(LOCK, scope));
        assertEquals(PiResult.LOCKED, wait.poll());
    }

    @Test
    void unlock_ownerWaitsForOtherLock_succeeds() {
        PiTask other = w.task(2);
        w.lock(owner, LOCK, Scope.PRIVATE);
        w.lock(other, 128, Scope.PRIVATE);
        PiWait mine = w.block(owner, 128, Scope.PRIVATE);
        PiWait theirs = w.block(w.task(3, 7), LOCK, Scope.PRIVATE);
        assertEquals(7, other.effectivePriority());
        assertEquals(PiResult.UNLOCKED, owner.unlock(LOCK, Scope.PRIVATE));
        assertEquals(PiResult.LOCKED, theirs.poll());
        assertNull(mine.poll());
        assertEquals(0, other.effectivePriority());
    }
}

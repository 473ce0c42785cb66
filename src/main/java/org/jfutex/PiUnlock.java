package org.jfutex;

import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.WordSize;

/** Hands a lock to its first waiter, or frees it: FUTEX_UNLOCK_PI. */
final class PiUnlock {

    private PiUnlock() {}

    static PiResult unlock(PiOwner task, long address, Scope scope) {
        PiTable table = task.table;
        task.checkAlive();
        Preconditions.aligned(address, WordSize.U32);
        if (!owns(task, task.memory().load(address))) {
            return PiResult.NOT_OWNER;
        }
        FutexKey key = table.key(task.memory(), address, scope, WordSize.U32, Access.WRITE);
        long hash = table.hash(key);
        Bucket b = table.bucket(hash);
        WakeList woken = new WakeList();
        PiResult result;
        b.lock();
        try {
            WaitQueue q = b.findLocked(key, hash);
            result = q == null ? swap(task, address, 0) : handOverLocked(q, task, address, woken);
        } finally {
            woken.unlockAndNotify(b);
        }
        JfrRecorder.wake(key, woken.count());
        return result;
    }

    private static PiResult handOverLocked(WaitQueue q, PiOwner task, long address, WakeList woken) {
        Waiter first = q.head;
        PiState state = PiState.of(q);
        if (first == null || first.kind() != Waiter.Kind.LOCK_PI || state == null || state.owner != task) {
            return PiResult.INCONSISTENT;
        }
        PiInheritance inheritance = task.table.inheritance;
        inheritance.lock();
        try {
            PiWaiter next = state.topLocked();
            // before the next owner can read it
            PiResult result = swap(task, address, next.task.tid() | PiWord.WAITERS);
            if (result == PiResult.UNLOCKED) {
                inheritance.promoteLocked(next, state);
                woken.wakeLocked(q, next);
            }
            return result;
        } finally {
            inheritance.unlock();
        }
    }

    /** Writes the word if it still names the task; its flags may change during the call. */
    private static PiResult swap(PiOwner task, long address, int desired) {
        FutexMemory memory = task.memory();
        for (int word = memory.load(address); owns(task, word); ) {
            int seen = memory.compareAndExchange(address, word, desired);
            if (seen == word) {
                return PiResult.UNLOCKED;
            }
            word = seen;
        }
        return PiResult.NOT_OWNER;
    }

    private static boolean owns(PiOwner task, int word) {
        return PiWord.tid(word) == task.tid();
    }
}

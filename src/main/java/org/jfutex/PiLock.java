package org.jfutex;

import static java.util.Objects.requireNonNull;

import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.WordSize;
import org.jspecify.annotations.Nullable;

/** Acquires a lock for a task, or queues the task for it: FUTEX_LOCK_PI and FUTEX_TRYLOCK_PI. */
final class PiLock {

    /*
     * The verdict, by the word (see PiWord) as a locker finds it under the bucket's lock, the kind of the first queued
     * waiter, and the owner x in the state of the lock:
     *
     *     row  queued         owner    word's id       OWNER_DIED   verdict
     *     [1]  any            any      the locker's    any          DEADLOCK
     *     [2]  none           -        0               any          LOCKED; OWNER_DIED is kept, WAITERS is cleared
     *     [3]  none           -        another's       any          WAITERS is set; then the result of find()
     *     [4]  a plain or a requeue waiter first       any          INCONSISTENT
     *     [5]  a lock waiter  x        x's             any          wait for x
     *     [6]  a lock waiter  x        0               1            wait for x: x is exiting, and hands over soon
     *     [7]  a lock waiter  x        0               0            INCONSISTENT
     *     [8]  a lock waiter  x        another's       any          INCONSISTENT
     *
     * Linux has three more rows, for a lock whose state has no owner between the death of one and the take-over by the
     * next. Here both are one step under the bucket's lock, so every lock with waiters has an owner.
     *
     * For that reason no task needs to wait for the exit of an owner to finish, as in Linux. A task that is queued for
     * an exiting owner gets the lock at the end of the exit, and later tasks are not queued for that owner. By then the
     * words of a robust list no longer name it. See PiExit.
     */

    private final PiTable table;
    private final FutexMemory memory;
    private final long address;
    private final Scope scope;

    /** The owner, after {@link #takeLocked} has returned {@link PiResult#WOULD_BLOCK}. */
    @Nullable
    PiOwner owner;

    PiLock(PiTable table, FutexMemory memory, long address, Scope scope) {
        this.table = table;
        this.memory = memory;
        this.address = address;
        this.scope = scope;
    }

    static PiWaiter prepare(PiOwner task, long address, Scope scope) {
        PiTable table = task.table;
        task.checkMayWait();
        FutexKey key = table.key(task.memory(), address, scope, WordSize.U32, Access.WRITE);
        long hash = table.hash(key);
        Bucket b = table.bucket(hash);
        PiLock lock = new PiLock(table, task.memory(), address, scope);
        PiWaiter w = PiWaiter.forLock(task, address);
        JfrRecorder.prepare();
        b.lock();
        try {
            WaitQueue q = b.findLocked(key, hash);
            while (true) {
                PiResult result = lock.takeAliveLocked(q, task);
                if (result == PiResult.WOULD_BLOCK) {
                    result = lock.waitLocked(w, q != null ? q : new WaitQueue(key, hash, b, lock.memory, address));
                    if (result == PiResult.WOULD_BLOCK) {
                        return w;
                    }
                    if (result == PiResult.NO_OWNER) {
                        continue; // it was found alive, and its exit may have changed the word since
                    }
                }
                return w.over(result);
            }
        } finally {
            try {
                b.unlock();
            } finally {
                table.inheritance.notifyListeners();
            }
        }
    }

    static PiResult tryLock(PiOwner task, long address, Scope scope) {
        PiTable table = task.table;
        task.checkAlive();
        FutexKey key = table.key(task.memory(), address, scope, WordSize.U32, Access.WRITE);
        long hash = table.hash(key);
        Bucket b = table.bucket(hash);
        b.lock();
        try {
            return new PiLock(table, task.memory(), address, scope).takeAliveLocked(b.findLocked(key, hash), task);
        } finally {
            b.unlock();
        }
    }

    /**
     * Acquires the lock for a calling task, unless the task exits during the call: its exit may have processed the word
     * already.
     */
    private PiResult takeAliveLocked(@Nullable WaitQueue q, PiOwner task) {
        PiResult result = takeLocked(q, task, false);
        if (result == PiResult.LOCKED && task.exiting) {
            giveBack(task);
            task.checkAlive();
        }
        return result;
    }

    private void giveBack(PiOwner task) {
        for (int word = memory.load(address); PiWord.tid(word) == task.tid(); ) {
            int seen = memory.compareAndExchange(address, word, word & ~PiWord.TID_MASK);
            if (seen == word) {
                return;
            }
            word = seen;
        }
    }

    /**
     * Acquires the lock if it is free, else checks that its owner can be waited for.
     *
     * @param q the queue of the word, null if there are no waiters
     * @param task the new owner
     * @param contended whether to set WAITERS even if the lock was free
     * @return {@link PiResult#LOCKED}, {@link PiResult#WOULD_BLOCK} (then {@link #owner} has it), or a failure
     */
    PiResult takeLocked(@Nullable WaitQueue q, PiOwner task, boolean contended) {
        for (int word = memory.load(address); ; ) {
            int tid = PiWord.tid(word);
            if (tid == task.tid()) {
                return PiResult.DEADLOCK; // [1]
            }
            if (q != null) {
                return join(q, word);
            }
            int desired = tid == 0
                    ? task.tid() | (word & PiWord.OWNER_DIED) | (contended ? PiWord.WAITERS : 0) // [2]
                    : word | PiWord.WAITERS; // [3]
            int seen = memory.compareAndExchange(address, word, desired);
            if (seen != word) {
                word = seen;
                continue;
            }
            if (tid == 0) {
                return PiResult.LOCKED;
            }
            PiResult found = find(tid);
            if (found != PiResult.NO_OWNER) {
                return found;
            }
            word = memory.load(address); // the task may have died during the lookup, and left the lock to us
            if (word == desired) {
                return PiResult.NO_OWNER;
            }
        }
    }

    /** Decides rows [4] to [8]. */
    private PiResult join(WaitQueue q, int word) {
        Waiter first = q.head;
        PiState state = PiState.of(q);
        if (first == null || first.kind() != Waiter.Kind.LOCK_PI || state == null) {
            return PiResult.INCONSISTENT; // [4]
        }
        int tid = PiWord.tid(word);
        boolean consistent = tid == 0 ? PiWord.ownerDied(word) : tid == state.owner.tid();
        owner = state.owner;
        return consistent ? PiResult.WOULD_BLOCK : PiResult.INCONSISTENT; // [5] [6], [7] [8]
    }

    private PiResult find(int tid) {
        PiOwner found = table.owners.find(tid);
        if (found == null || found.table != table) {
            return PiResult.NO_OWNER;
        }
        if (found.isKernelThread()) {
            return PiResult.NOT_PERMITTED;
        }
        if (found.dead) {
            return PiResult.NO_OWNER;
        }
        if (scope == Scope.PRIVATE && found.memory() != memory) {
            return PiResult.NOT_PERMITTED;
        }
        owner = found;
        return PiResult.WOULD_BLOCK;
    }

    /**
     * Queues a waiter for the lock of {@link #owner} and returns {@link PiResult#WOULD_BLOCK}, or a failure if the
     * owner has died or a cycle would be closed.
     */
    private PiResult waitLocked(PiWaiter w, WaitQueue q) {
        PiOwner o = requireNonNull(owner);
        PiInheritance inheritance = table.inheritance;
        inheritance.lock();
        try {
            if (q.pi == null && o.dead) {
                return PiResult.NO_OWNER;
            }
            if (PiInheritance.isRefusedLocked(w.task, inheritance.lastOwnerLocked(o))) {
                return PiResult.DEADLOCK;
            }
            PiState state = PiInheritance.stateOf(q, o);
            boolean queued = false;
            q.bucket.addWaitersLocked(1);
            try {
                inheritance.beginLocked(w, q);
                q.addLocked(w);
                queued = true;
            } finally {
                if (!queued) {
                    q.bucket.removeWaitersLocked(1);
                }
            }
            inheritance.joinLocked(w, state);
            inheritance.updateLocked(state.owner);
        } finally {
            inheritance.unlock();
        }
        return PiResult.WOULD_BLOCK;
    }
}

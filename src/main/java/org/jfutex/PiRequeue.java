package org.jfutex;

import static java.util.Objects.requireNonNull;

import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.WordSize;
import org.jspecify.annotations.Nullable;

/**
 * Queues tasks on a word until a requeue moves them to a lock, and moves them: FUTEX_WAIT_REQUEUE_PI and
 * FUTEX_CMP_REQUEUE_PI.
 */
final class PiRequeue {

    /*
     * In Linux a waiter that times out and a requeue that moves it coordinate through six states, since the waiter is
     * added to the lock without the locks of the queues. Here the entries in a queue and in a lock change together,
     * under both bucket locks and the PI lock. A wait ends under the lock of the bucket in which it is queued
     * (Waiter.lockQueue follows it). So a timeout, a cancel or an interrupt comes
     *
     *     before the requeue: it finds the waiter in the first queue, and the requeue does not find it
     *     after the waiter was moved: it finds it in the lock's queue, removes it there, and the owner's priority falls
     *     after the waiter was given the lock: it finds the wait ended, and the task holds the lock
     *
     * and never in between.
     */

    private final PiTable table;
    private final FutexMemory memory;
    private final FutexKey target;
    private final PiLock lock;
    private final long to;

    /** The number of waiters that now own the lock, and of those that now wait for it. */
    private int locked;

    private int moved;

    private PiRequeue(PiTable table, FutexMemory memory, long to, Scope scope, FutexKey target) {
        this.table = table;
        this.memory = memory;
        this.to = to;
        this.target = target;
        this.lock = new PiLock(table, memory, to, scope);
    }

    static PiWaiter prepareWait(PiOwner task, long address, int expected, long to, Scope scope) {
        PiTable table = task.table;
        task.checkMayWait();
        Preconditions.differ(address, to);
        FutexMemory memory = task.memory();
        FutexKey target = table.key(memory, to, scope, WordSize.U32, Access.WRITE);
        FutexKey key = table.key(memory, address, scope, WordSize.U32, Access.READ);
        PiWaiter w = PiWaiter.forRequeue(task, expected, to, target);
        if (memory.load(address) != expected) {
            return w.over(PiResult.VALUE_DIFFERS);
        }
        Preconditions.differ(key, target);
        long hash = table.hash(key);
        Bucket b = table.bucket(hash);
        boolean queued = false;
        JfrRecorder.prepare();
        b.lockAndAddWaiter(); // (A)
        try {
            if (memory.load(address) == expected) {
                WaitQueue q = b.findLocked(key, hash);
                if (q == null) {
                    q = new WaitQueue(key, hash, b, memory, address);
                }
                waitLocked(w, q);
                queued = true;
            }
        } finally {
            if (!queued) {
                b.removeWaitersLocked(1);
            }
            b.unlock();
        }
        return queued ? w : w.over(PiResult.VALUE_DIFFERS);
    }

    private static void waitLocked(PiWaiter w, WaitQueue q) {
        PiInheritance inheritance = w.table().inheritance;
        inheritance.lock();
        try {
            inheritance.beginLocked(w, q);
            q.addLocked(w);
        } finally {
            inheritance.unlock();
        }
    }

    static PiRequeueResult run(
            PiTable table, FutexMemory memory, long from, long to, Scope scope, int move, int expected) {
        Preconditions.count(move);
        Preconditions.differ(from, to);
        FutexKey source = table.key(memory, from, scope, WordSize.U32, Access.READ);
        FutexKey target = table.key(memory, to, scope, WordSize.U32, Access.WRITE);
        Preconditions.differ(source, target);
        return new PiRequeue(table, memory, to, scope, target).run(source, from, move, expected);
    }

    private PiRequeueResult run(FutexKey source, long from, int move, int expected) {
        PiRequeueResult result;
        while ((result = tryRun(source, from, move, expected)) == null) {
            table.scans.awaitOpen();
        }
        return result;
    }

    /** Tries to requeue. Returns null, and has done nothing, if a scan has suspended requeues. */
    private @Nullable PiRequeueResult tryRun(FutexKey source, long from, int move, int expected) {
        long sourceHash = table.hash(source);
        long targetHash = table.hash(target);
        Bucket b1 = table.bucket(sourceHash);
        Bucket b2 = table.bucket(targetHash);
        WakeList woken = new WakeList();
        PiResult outcome;
        Bucket.lockBoth(b1, b2);
        try {
            if (table.scans.isClosedLocked()) {
                return null;
            }
            table.inheritance.lock();
            try {
                if (memory.load(from) != expected) {
                    return new PiRequeueResult(PiResult.VALUE_DIFFERS, 0, 0);
                }
                memory.load(to); // checks that it is accessible, even if there are no waiters
                outcome = requeueLocked(
                        b1.findLocked(source, sourceHash),
                        b2,
                        b2.findLocked(target, targetHash),
                        targetHash,
                        move,
                        woken);
            } finally {
                table.inheritance.unlock();
            }
        } finally {
            try {
                woken.unlockAndNotify(b1, b2);
            } finally {
                table.inheritance.notifyListeners();
            }
        }
        JfrRecorder.requeue(source, target, locked, moved);
        return new PiRequeueResult(outcome, locked, moved);
    }

    private PiResult requeueLocked(
            @Nullable WaitQueue source, Bucket b2, @Nullable WaitQueue q2, long targetHash, int move, WakeList woken) {
        if (source == null) {
            return PiResult.REQUEUED;
        }
        PiWaiter top = next(source);
        if (top == null) {
            return PiResult.INCONSISTENT;
        }
        PiResult taken = lock.takeLocked(q2, top.task, move > 0);
        if (taken == PiResult.LOCKED) {
            woken.wakeLocked(source, top);
            locked = 1;
        } else if (taken != PiResult.WOULD_BLOCK) {
            return taken;
        }
        PiOwner owner = taken == PiResult.LOCKED ? top.task : requireNonNull(lock.owner);
        WaitQueue destination = q2 != null ? q2 : new WaitQueue(target, targetHash, b2, memory, to);
        try {
            return moveLocked(source, destination, owner, move);
        } finally {
            table.inheritance.updateLocked(owner);
        }
    }

    /**
     * Moves waiters to the owner's lock. The owner's chain is followed once for all of them: here for the check, and
     * later by the caller for the update.
     */
    private PiResult moveLocked(WaitQueue source, WaitQueue destination, PiOwner owner, int move) {
        PiInheritance inheritance = table.inheritance;
        // remains the last owner: if it waits here itself, it is refused
        PiOwner last = inheritance.lastOwnerLocked(owner);
        WaitQueue forwarding = destination.forwardingNode();
        // the first waiter does not count as one of those to move
        while (source.head != null && locked + moved <= move) {
            PiWaiter w = next(source);
            if (w == null) {
                return PiResult.INCONSISTENT;
            }
            if (PiInheritance.isRefusedLocked(w.task, last)) {
                return PiResult.DEADLOCK;
            }
            PiState state = PiInheritance.stateOf(destination, owner);
            w.kind = Waiter.Kind.LOCK_PI;
            Requeue.moveLocked(w, source, destination);
            w.setQueueRelease(forwarding);
            inheritance.joinLocked(w, state);
            moved++;
        }
        return PiResult.REQUEUED;
    }

    /** Returns the first waiter if it waits for a requeue to this lock, else null. */
    private @Nullable PiWaiter next(WaitQueue source) {
        return source.head instanceof PiWaiter w && w.kind == Waiter.Kind.REQUEUE_PI && target.equals(w.target)
                ? w
                : null;
    }
}

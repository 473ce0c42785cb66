package org.jfutex;

import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.StackGuard;

/** Hands over all that a dying task owns and somebody waits for. */
final class PiExit {

    /*
     * exiting     the task begins no wait any more
     * cancelled   what it waited for; so nothing is handed to it from here on
     * marked      the words that name it and are to be marked; until this is done whoever finds it by its id joins it, so that
     *             nobody is told NO_OWNER of a lock that will be his
     * dead        nobody joins it any more
     * emptied     its locks, one by one, each under its bucket's lock. If many waiters cannot write a word, the locks are released
     *             after some of them; a waiter that comes then is served as the others
     * told        who waited, the heirs, and the listeners: what they do may need a lock that was handed over, and may fail
     *
     * A task exits once, and nobody comes back to what was left out. So what there is to be had of memory and stack is had before the first step, and
     * what a guest's memory throws in one step keeps no other from being done.
     */

    private final PiTask task;
    private final PiInheritance inheritance;
    private final WakeList ended = new WakeList();
    private final FirstFailure trouble = new FirstFailure();

    private PiExit(PiTask task) {
        this.task = task;
        this.inheritance = task.table.inheritance;
    }

    static void exit(FutexTable table, PiTask task) {
        Preconditions.alive(task);
        StackGuard.checkDeep(); // for a memory that asks, too, when a word is marked
        PiExit exit = new PiExit(task);
        table.inheritance.beginExit(task);
        exit.run();
    }

    private void run() {
        PiWaiter pending = task.pending;
        if (pending != null) {
            cancel(pending);
        }
        task.robust.close(task.memory(), task.tid(), trouble);
        inheritance.endExit(task);
        for (PiState state; (state = inheritance.anyOwned(task)) != null; ) {
            handOver(state);
        }
        try {
            ended.notifyAllEnded();
        } catch (Throwable e) {
            trouble.add(e);
        }
        trouble.rethrow();
    }

    private void cancel(PiWaiter w) {
        WaitQueue q = w.lockQueue();
        if (q != null) {
            try {
                w.endLocked(q, WaitResult.CANCELLED);
                ended.addEnded(w);
            } finally {
                q.bucket.unlock();
            }
        }
    }

    private void handOver(PiState state) {
        WaitQueue q = inheritance.queueOf(state);
        int before = ended.count();
        q.bucket.lockWithoutStackCheck();
        try {
            inheritance.lock();
            try {
                for (int visits = 0; visits < PiInheritance.MAX_VISITS && isOwnedLocked(state, q); visits++) {
                    PiWaiter next = state.topLocked();
                    if (write(next)) {
                        inheritance.promoteLocked(next, state);
                    } else {
                        next.outcome = PiResult.FAULT;
                    }
                    ended.wakeLocked(q, next);
                }
            } finally {
                inheritance.unlock();
            }
        } finally {
            q.bucket.unlock();
        }
        JfrRecorder.wake(q, ended.count() - before);
    }

    /** Returns whether the task still owns the lock: it may have moved, or its waiters may have left. */
    private boolean isOwnedLocked(PiState state, WaitQueue q) {
        return state.queue == q && q.pi == state && state.owner == task;
    }

    /** Names the new owner in the word as that one sees it, whatever it held; a failure is that one's, too. */
    private boolean write(PiWaiter next) {
        FutexMemory memory = next.memory;
        try {
            memory.getAndSet(next.address, next.task.tid() | PiLock.WAITERS | PiLock.OWNER_DIED);
            return true;
        } catch (MemoryFaultException e) {
            return false;
        } catch (Throwable e) {
            trouble.add(e);
            return false;
        }
    }
}

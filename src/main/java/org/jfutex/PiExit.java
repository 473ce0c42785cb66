package org.jfutex;

import org.jfutex.key.FirstFailure;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.StackGuard;

/** Hands over all locks of an exiting task that have waiters. */
final class PiExit {

    /*
     * The states of an exit, in order:
     *
     *     exiting     the task begins no further wait
     *     cancelled   the task's own wait has ended, so nothing is handed to it from here on
     *     marked      the registered words that name the task are marked (1)
     *     dead        no task is queued for it any more
     *     emptied     its locks are handed over one by one, each under its bucket's lock (2)
     *     notified    the cancelled wait, the new owners and the listeners are notified (3)
     *
     * (1) Until this is done, a locker that finds the task by its id is queued for it, so that no task gets NO_OWNER
     * for a lock that it will own.
     *
     * (2) If many waiters cannot write a word, the locks are released after some of them; a waiter that arrives then is
     * handled as the others are.
     *
     * (3) The code of these may need a lock that was handed over, and may fail.
     *
     * A task exits once, and the exit is not retried. So the memory and stack that can be reserved are reserved before
     * the first step. An exception of a guest's memory in one step does not stop the other steps.
     */

    private final PiOwner task;
    private final PiInheritance inheritance;
    private final WakeList ended = new WakeList();
    private final FirstFailure failure = new FirstFailure();

    private PiExit(PiOwner task) {
        this.task = task;
        this.inheritance = task.table.inheritance;
    }

    static void exit(PiOwner task) {
        task.checkAlive();
        StackGuard.checkCall(); // marking a word may swap in its page, and every hand-over notifies
        PiExit exit = new PiExit(task);
        exit.inheritance.beginExit(task);
        exit.run();
    }

    private void run() {
        PiWaiter pending = task.pending;
        if (pending != null) {
            cancel(pending);
        }
        task.robust.close(task.memory(), task.tid(), failure);
        inheritance.endExit(task);
        for (PiState state; (state = inheritance.anyOwned(task)) != null; ) {
            handOver(state);
        }
        try {
            ended.notifyAllEnded();
        } catch (Throwable e) {
            failure.add(e);
        }
        failure.rethrow();
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

    /**
     * Writes the new owner to the word through the new owner's memory, whatever the word held. Returns false on a
     * failure, which then ends that waiter's wait.
     */
    private boolean write(PiWaiter next) {
        FutexMemory memory = next.memory;
        try {
            memory.getAndSet(next.address, next.task.tid() | PiWord.WAITERS | PiWord.OWNER_DIED);
            return true;
        } catch (MemoryFaultException e) {
            return false;
        } catch (Throwable e) {
            failure.add(e);
            return false;
        }
    }
}

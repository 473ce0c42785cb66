package org.jfutex;

import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;

/** Hands over all that a dying task owns and somebody waits for. */
final class ExitPi {

    /*
     * exiting     the task begins no wait any more
     * cancelled   what it waited for; so nothing is handed to it from here on
     * marked      the words that name it and are to be marked; until this is done whoever finds it by its id joins it, so that
     *             nobody is told NO_OWNER of a lock that will be his
     * dead        nobody joins it any more
     * emptied     its locks, one by one, each under its bucket's lock
     */

    private ExitPi() {}

    static void exit(FutexTable table, PiTask task) {
        Check.alive(task);
        Headroom.require();
        Inheritance inheritance = table.inheritance;
        inheritance.beginExit(task);
        PiWaiter pending = task.pending;
        if (pending != null) {
            pending.wait.cancel();
        }
        task.robust.close(task.memory(), task.tid());
        inheritance.endExit(task);
        for (PiState state; (state = inheritance.anyOwned(task)) != null; ) {
            handOver(task, state);
        }
    }

    private static void handOver(PiTask task, PiState state) {
        Inheritance inheritance = task.table.inheritance;
        WakeList woken = new WakeList();
        WaitQueue q = inheritance.queueOf(state);
        q.bucket.lock();
        try {
            inheritance.lock();
            try {
                while (state.queue == q
                        && q.pi == state
                        && state.owner == task) { // else it has moved, or they have left
                    PiWaiter next = state.topLocked();
                    if (write(next)) {
                        inheritance.promoteLocked(next, state);
                    } else {
                        next.outcome = PiResult.FAULT;
                    }
                    woken.wakeLocked(q, next);
                }
            } finally {
                inheritance.unlock();
            }
        } finally {
            q.bucket.unlock();
            woken.tell();
        }
        Flight.wake(q, woken.count());
    }

    /** Names the new owner in the word as that one sees it, whatever it held; a fault is that one's, too. */
    private static boolean write(PiWaiter next) {
        FutexMemory memory = next.memory;
        try {
            memory.getAndSet(next.address, next.task.tid() | LockPi.WAITERS | LockPi.OWNER_DIED);
            return true;
        } catch (MemoryFaultException e) {
            return false;
        }
    }
}

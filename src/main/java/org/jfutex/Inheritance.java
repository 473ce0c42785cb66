package org.jfutex;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Lets owners run at the priority of those who wait for them, along whole chains of owners. */
final class Inheritance {

    /*
     * A task waits for one lock, a lock has one owner, so from every task one chain leads on:
     *
     *      task --pending.pi--> lock --owner--> task --pending.pi--> lock --owner--> ...
     *
     * The chains never close. One grows in two ways only: a task begins to wait, which isCircleLocked has cleared, or a lock gets another
     * owner, who waits for nothing at that moment. So updateLocked, which goes up the chain as long as a priority changes, comes to
     * an end.
     *
     * One lock guards all chains of a table, since a step of a chain leads to any bucket. Only contended locks take it.
     */

    /** The longest chain that may form, in waiting owners: kernel.max_lock_depth. */
    static final int MAX_CHAIN = 1024;

    private final ReentrantLock lock = new ReentrantLock();

    private long tickets; // under the lock
    private final Queue<PiTask> toBeTold = new ArrayDeque<>(); // under the lock
    private volatile boolean news; // whether there may be any of these

    void lock() {
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }

    /** Whether a task that waits for this owner would wait for itself, or for too many. */
    static boolean isCircleLocked(PiTask task, PiTask owner) {
        int length = 0;
        for (PiTask t = owner; t != task; ) {
            PiWaiter w = t.pending;
            if (w == null || w.pi == null) {
                return false;
            }
            if (++length > MAX_CHAIN) {
                return true;
            }
            t = w.pi.owner;
        }
        return true;
    }

    /** A task begins to wait, for a lock or for a requeue. */
    void beginLocked(PiWaiter w) {
        Check.mayWait(w.task);
        w.task.pending = w;
    }

    /** A queued waiter begins to wait for a lock. */
    void joinLocked(PiWaiter w, WaitQueue q, PiTask owner) {
        PiState state = q.pi;
        if (state == null) {
            state = new PiState(q, owner);
            q.pi = state;
            owner.owned.add(state);
        }
        w.pi = state;
        rankLocked(w, state);
        updateLocked(state.owner);
    }

    /** A waiter waits for its lock no more. */
    void leaveLocked(PiWaiter w, PiState state) {
        w.pi = null;
        state.removeLocked(w);
        if (state.sizeLocked() == 0) {
            state.queue.pi = null;
            state.owner.owned.remove(state);
        }
        updateLocked(state.owner);
    }

    /** The first waiter becomes the owner. It ranks as high as any who still waits, so its priority stays. */
    void promoteLocked(PiWaiter w, PiState state) {
        PiTask former = state.owner;
        former.owned.remove(state);
        w.pi = null;
        w.task.pending = null;
        state.owner = w.task;
        state.removeLocked(w);
        if (state.sizeLocked() == 0) {
            state.queue.pi = null;
        } else {
            w.task.owned.add(state);
        }
        updateLocked(former);
    }

    /** A task begins no wait from here on. */
    void beginExit(PiTask task) {
        lock.lock();
        try {
            Check.alive(task);
            task.exiting = true;
        } finally {
            lock.unlock();
        }
    }

    /** Nobody joins a task from here on. */
    void endExit(PiTask task) {
        lock.lock();
        try {
            task.dead = true;
        } finally {
            lock.unlock();
        }
    }

    /** One of the task's locks that somebody waits for, null if there is none. */
    @Nullable
    PiState anyOwned(PiTask task) {
        lock.lock();
        try {
            return task.owned.isEmpty() ? null : task.owned.iterator().next();
        } finally {
            lock.unlock();
        }
    }

    /** Where the waiters of a lock stand, which only their bucket's lock makes lasting. */
    WaitQueue queueOf(PiState state) {
        lock.lock();
        try {
            return state.queue;
        } finally {
            lock.unlock();
        }
    }

    /** Takes a lock along to the queue to which its word has moved, before its waiters; not if there is a lock already. */
    boolean followLocked(WaitQueue source, WaitQueue target) {
        lock.lock();
        try {
            PiState state = source.pi;
            if (state == null || target.pi != null) {
                return false;
            }
            state.moveLocked(target);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Computes a task's effective priority anew, and that of the owners on whom it waits. */
    void updateLocked(PiTask task) {
        for (PiTask t = task; t.refreshLocked(); ) {
            announceLocked(t);
            PiWaiter w = t.pending;
            PiState state = w == null ? null : w.pi;
            if (w == null || state == null) {
                return;
            }
            state.removeLocked(w);
            rankLocked(w, state);
            t = state.owner;
        }
    }

    private void rankLocked(PiWaiter w, PiState state) {
        state.addLocked(w, w.task.effectivePriority(), tickets++);
    }

    private void announceLocked(PiTask t) {
        if (t.listener != null && !t.toBeTold) {
            t.toBeTold = true;
            toBeTold.add(t);
            news = true;
        }
    }

    /** Tells the listeners of tasks what has changed. No lock may be held. */
    void tell() {
        if (!news) {
            return;
        }
        lock.lock();
        try {
            for (PiTask t; (t = toBeTold.poll()) != null; ) {
                t.toBeTold = false;
                if (t.listener != null && !t.telling) { // who is telling it something else looks again afterwards
                    tellLocked(t, t.listener);
                }
            }
            news = false;
        } finally {
            lock.unlock();
        }
    }

    private void tellLocked(PiTask t, PriorityListener listener) {
        t.telling = true;
        for (int now; (now = t.effectivePriority()) != t.told; ) {
            t.told = now;
            lock.unlock();
            try {
                listener.priorityChanged(t, now);
            } catch (Throwable e) {
                Thread me = Thread.currentThread();
                me.getUncaughtExceptionHandler().uncaughtException(me, e);
            } finally {
                lock.lock();
            }
        }
        t.telling = false;
    }
}

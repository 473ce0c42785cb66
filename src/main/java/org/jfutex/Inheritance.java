package org.jfutex;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
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
     * One lock guards all chains of a table, since a step of a chain leads to any bucket. Only contended locks take it. A step under it looks at one waiter
     * and one lock of each priority, however many wait for the lock, and however many its owner has.
     *
     * What is done under it allocates nothing: an error in the middle would leave a lock without an owner, or a task that waits for ever.
     */

    /** The longest chain that may form, in waiting owners: kernel.max_lock_depth. */
    static final int MAX_CHAIN = 1024;

    private final ReentrantLock lock = new ReentrantLock();

    private @Nullable PiTask firstToBeTold; // under the lock
    private @Nullable PiTask lastToBeTold; // under the lock
    private volatile boolean news; // whether there may be any of these

    /** Who tells nothing now, and how often it has asked for that. */
    private final Map<Thread, Integer> silent = new ConcurrentHashMap<>();

    /** Locks for somebody who must not fail, as {@link Bucket} does. */
    void lock() {
        for (boolean locked = false; !locked; ) {
            try {
                lock.lock();
                locked = true;
            } catch (OutOfMemoryError e) {
                LockSupport.parkNanos(1_000);
            }
        }
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

    /** A task begins to wait, for a lock or for a requeue; nothing may keep its waiter from being added to the queue from here on. */
    void beginLocked(PiWaiter w, WaitQueue q) {
        Check.mayWait(w.task);
        w.table().admitLocked(q);
        w.task.pending = w;
    }

    /** The state of a queue's lock, a new one if nobody waits for that yet; it is no part of anything before {@link #joinLocked}. */
    static PiState stateOf(WaitQueue q, PiTask owner) {
        PiState state = q.pi;
        return state != null ? state : new PiState(q, owner);
    }

    /** A queued waiter begins to wait for a lock. */
    void joinLocked(PiWaiter w, PiState state) {
        boolean first = state.isEmptyLocked();
        w.pi = state;
        state.addLocked(w, w.task.effectivePriority());
        if (first) {
            state.queue.pi = state;
            state.owner.ownLocked(state);
        } else {
            state.owner.rankLocked(state);
        }
        updateLocked(state.owner);
    }

    /** A waiter waits for its lock no more. */
    void leaveLocked(PiWaiter w, PiState state) {
        w.pi = null;
        state.removeLocked(w);
        if (state.isEmptyLocked()) {
            state.queue.pi = null;
            state.owner.disownLocked(state);
        } else {
            state.owner.rankLocked(state);
        }
        updateLocked(state.owner);
    }

    /** The first waiter becomes the owner. It ranks as high as any who still waits, so its priority stays. */
    void promoteLocked(PiWaiter w, PiState state) {
        PiTask former = state.owner;
        former.disownLocked(state);
        w.pi = null;
        w.task.pending = null;
        state.owner = w.task;
        state.removeLocked(w);
        if (state.isEmptyLocked()) {
            state.queue.pi = null;
        } else {
            w.task.ownLocked(state);
        }
        updateLocked(former);
    }

    /** A task begins no wait from here on. */
    void beginExit(PiTask task) {
        lock();
        try {
            Check.alive(task);
            task.exiting = true;
        } finally {
            unlock();
        }
    }

    /** Nobody joins a task from here on. */
    void endExit(PiTask task) {
        lock();
        try {
            task.dead = true;
        } finally {
            unlock();
        }
    }

    /** One of the task's locks that somebody waits for, null if there is none. */
    @Nullable
    PiState anyOwned(PiTask task) {
        lock();
        try {
            Ranking.Place<PiState> first = task.owned.first();
            return first == null ? null : first.member;
        } finally {
            unlock();
        }
    }

    /** Where the waiters of a lock stand, which only their bucket's lock makes lasting. */
    WaitQueue queueOf(PiState state) {
        lock();
        try {
            return state.queue;
        } finally {
            unlock();
        }
    }

    /** Takes a lock along to the queue to which its word has moved, before its waiters; not if there is a lock already. */
    boolean followLocked(WaitQueue source, WaitQueue target) {
        lock();
        try {
            PiState state = source.pi;
            if (state == null || target.pi != null) {
                return false;
            }
            state.moveLocked(target);
            return true;
        } finally {
            unlock();
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
            state.addLocked(w, t.effectivePriority());
            t = state.owner;
            t.rankLocked(state);
        }
    }

    private void announceLocked(PiTask t) {
        if (t.listener == null || t.toBeTold) {
            return;
        }
        t.toBeTold = true;
        if (lastToBeTold == null) {
            firstToBeTold = t;
        } else {
            lastToBeTold.nextToBeTold = t;
        }
        lastToBeTold = t;
        news = true;
    }

    private @Nullable PiTask nextToBeToldLocked() {
        PiTask t = firstToBeTold;
        if (t != null) {
            firstToBeTold = t.nextToBeTold;
            t.nextToBeTold = null;
            t.toBeTold = false;
            if (firstToBeTold == null) {
                lastToBeTold = null;
            }
        }
        return t;
    }

    /** From here on this thread leaves it to others, and to its own {@link #endSilence}, to tell anything. */
    void beginSilence() {
        silent.merge(Thread.currentThread(), 1, Integer::sum);
    }

    void endSilence() {
        silent.computeIfPresent(Thread.currentThread(), (thread, times) -> times == 1 ? null : times - 1);
        tell();
    }

    /** Tells the listeners of tasks what has changed. No lock may be held. */
    void tell() {
        if (!news || silent.containsKey(Thread.currentThread())) {
            return;
        }
        lock();
        try {
            for (PiTask t; (t = nextToBeToldLocked()) != null; ) {
                if (t.listener != null && !t.telling) { // who is telling it something else looks again afterwards
                    tellLocked(t, t.listener);
                }
            }
            news = false;
        } finally {
            unlock();
        }
    }

    private void tellLocked(PiTask t, PriorityListener listener) {
        t.telling = true;
        try {
            for (int now; (now = t.effectivePriority()) != t.told; ) {
                t.told = now;
                unlock();
                try {
                    listener.priorityChanged(t, now);
                } catch (Throwable e) {
                    PendingWait.uncaught(e);
                } finally {
                    lock();
                }
            }
        } finally {
            t.telling = false;
        }
    }
}

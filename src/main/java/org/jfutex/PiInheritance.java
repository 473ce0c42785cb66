package org.jfutex;

import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Raises owners to the priority of their waiters, along chains of owners. */
final class PiInheritance {

    /*
     * A task waits for one lock, a lock has one owner, so from every task one chain leads on:
     *
     *      task --pending.pi--> lock --owner--> task --pending.pi--> lock --owner--> ...
     *
     * The chains never close. One grows in two ways only: a task begins to wait, after isRefusedLocked has cleared it, or a lock gets
     * another owner, which waits for no lock at that moment.
     *
     * A chain may have any length, since it can be built from its lower end, where each step sees an owner that waits for nothing. But
     * each walk up a chain ends after MAX_CHAIN locks. A task at which a walk has ended has its new effective priority, but its waiter keeps
     * its rank in the next lock. So these hold always:
     *
     *      effective priority of a task     its own, or the highest rank of its locks if that is higher
     *      rank of a lock at its owner      the rank of its first waiter
     *
     * and this holds for all but the waiters at which a walk has ended:
     *
     *      rank of a waiter                 the effective priority of its task
     *
     * A later walk that comes to such a waiter repairs its rank and goes on from there.
     *
     * One lock guards all chains of a table, since a step of a chain leads to any bucket. Only contended locks take it. The time for which
     * it is held is bounded: a walk has at most MAX_CHAIN steps, and a step visits at most one waiter and one lock of each of the 100
     * priorities. A loop over waiters or tasks releases the lock after MAX_VISITS of them. Only a requeue visits as many waiters as it moves.
     *
     * What is done under it allocates nothing: an error in the middle would leave a lock without an owner, or a task that waits for ever.
     */

    /** The most locks that a walk along a chain visits: kernel.max_lock_depth. */
    static final int MAX_CHAIN = 1024;

    /** The most waiters or tasks that a loop visits before it lets other threads have the lock. */
    static final int MAX_VISITS = 128;

    private final ReentrantLock lock = new ReentrantLock();

    /* Steps under the lock, for tests: all of them, those before the lock was taken last, and the most while it was held once. */
    private long steps;
    private long stepsBefore;
    private long mostSteps;

    private @Nullable PiTask firstPending; // under the lock
    private @Nullable PiTask lastPending; // under the lock
    private volatile boolean hasPending; // whether there may be any of these

    /**
     * How often the current thread has suspended its notifications, null if it has not. No map of threads: it would keep a thread that dies
     * before it resumes them.
     */
    private final ThreadLocal<@Nullable Integer> silence = new ThreadLocal<>();

    private volatile boolean everSilent; // whether any thread has ever suspended its notifications

    /** Locks on behalf of a caller that must not fail, as {@link Bucket} does. */
    void lock() {
        for (boolean locked = false; !locked; ) {
            try {
                lock.lock();
                locked = true;
            } catch (OutOfMemoryError e) {
                LockSupport.parkNanos(1_000);
            }
        }
        if (lock.getHoldCount() == 1) {
            stepsBefore = steps;
        }
    }

    void unlock() {
        mostSteps = Math.max(mostSteps, steps - stepsBefore);
        lock.unlock();
    }

    /** Counts a visit of one waiter, one lock or one task. */
    void stepLocked() {
        steps++;
    }

    long stepsLocked() {
        return steps;
    }

    long mostStepsLocked() {
        return mostSteps;
    }

    /**
     * Walks up the chain of an owner.
     *
     * @return the owner at its end, which waits for no lock; null if more than {@link #MAX_CHAIN} owners wait
     */
    @Nullable
    PiTask lastOwnerLocked(PiTask owner) {
        PiTask t = owner;
        for (int left = MAX_CHAIN; ; left--) {
            PiState next = awaitedLocked(t);
            if (next == null || left == 0) {
                return next == null ? t : null;
            }
            steps++;
            t = next.owner;
        }
    }

    /**
     * Returns whether a task may not wait for a lock: it would close a cycle or the chain is too long.
     *
     * @param task waits for no lock yet, so it can be on the chain as its end only
     * @param last the {@linkplain #lastOwnerLocked last owner} of the lock's chain
     */
    static boolean isRefusedLocked(PiTask task, @Nullable PiTask last) {
        return last == null || last == task;
    }

    /** The lock for which a task waits, null if it waits for none. */
    private static @Nullable PiState awaitedLocked(PiTask t) {
        PiWaiter w = t.pending;
        return w == null ? null : w.pi;
    }

    /** A task begins to wait, for a lock or for a requeue; nothing may keep its waiter from being added to the queue from here on. */
    void beginLocked(PiWaiter w, WaitQueue q) {
        Preconditions.mayWait(w.task);
        w.table().admitLocked(q);
        w.task.pending = w;
    }

    /** The state of a queue's lock, a new one if nobody waits for that yet; it is no part of anything before {@link #joinLocked}. */
    static PiState stateOf(WaitQueue q, PiTask owner) {
        PiState state = q.pi;
        return state != null ? state : new PiState(q, owner);
    }

    /** Lets a queued waiter begin to wait for a lock; the caller {@linkplain #updateLocked updates} the owner afterwards. */
    void joinLocked(PiWaiter w, PiState state) {
        steps++;
        boolean first = state.isEmptyLocked();
        w.pi = state;
        state.addLocked(w, w.task.effectivePriority());
        if (first) {
            state.queue.pi = state;
            state.owner.ownLocked(state);
        } else {
            state.owner.rankLocked(state);
        }
    }

    /** Ends the wait of a waiter for its lock. */
    void leaveLocked(PiWaiter w, PiState state) {
        steps++;
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

    /** Makes the first waiter the owner. */
    void promoteLocked(PiWaiter w, PiState state) {
        steps++;
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
        updateLocked(w.task); // its rank may not have been its priority, see above
        updateLocked(former);
    }

    /** A task begins no wait from here on. */
    void beginExit(PiTask task) {
        lock();
        try {
            Preconditions.alive(task);
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
            PriorityList.Node<PiState> first = task.owned.first();
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

    /** Recomputes the effective priority of a task, and of the owners up its chain as long as a rank changes. */
    void updateLocked(PiTask task) {
        PiTask t = task;
        for (int left = MAX_CHAIN; ; left--) {
            if (t.refreshLocked()) {
                announceLocked(t);
            }
            PiWaiter w = t.pending;
            PiState state = w == null ? null : w.pi;
            if (w == null || state == null || w.place.rank == t.effectivePriority() || left == 0) {
                return;
            }
            steps++;
            state.removeLocked(w);
            state.addLocked(w, t.effectivePriority());
            t = state.owner;
            t.rankLocked(state);
        }
    }

    private void announceLocked(PiTask t) {
        if (t.listener == null || t.isPending) {
            return;
        }
        t.isPending = true;
        if (lastPending == null) {
            firstPending = t;
        } else {
            lastPending.nextPending = t;
        }
        lastPending = t;
        hasPending = true;
    }

    private @Nullable PiTask nextPendingLocked() {
        PiTask t = firstPending;
        if (t != null) {
            firstPending = t.nextPending;
            t.nextPending = null;
            t.isPending = false;
            if (firstPending == null) {
                lastPending = null;
            }
        }
        return t;
    }

    /** Suspends the notifications of this thread until {@link #releaseNotifications}; other threads may send them earlier. */
    void holdNotifications() {
        everSilent = true;
        Integer times = silence.get();
        silence.set(times == null ? 1 : times + 1);
    }

    void releaseNotifications() {
        Integer times = silence.get();
        if (times != null && times > 1) {
            silence.set(times - 1);
        } else {
            silence.remove();
        }
        notifyListeners();
    }

    private boolean isSilent() {
        try {
            return everSilent && silence.get() != null;
        } catch (OutOfMemoryError e) {
            return false; // a silent thread has its entry already, so this is none
        }
    }

    /** Notifies the listeners of tasks of what has changed. No lock may be held. */
    void notifyListeners() {
        if (!hasPending || isSilent()) {
            return;
        }
        lock();
        try {
            int visits = 0;
            for (PiTask t; (t = nextPendingLocked()) != null; ) {
                if (visits++ == MAX_VISITS) {
                    visits = 1;
                    unlock();
                    lock();
                }
                steps++;
                if (t.listener != null && !t.isReporting) { // a thread that is notifying it reads the priority again
                    notifyListenerLocked(t, t.listener);
                }
            }
            hasPending = false;
        } finally {
            unlock();
        }
    }

    private void notifyListenerLocked(PiTask t, PriorityListener listener) {
        t.isReporting = true;
        try {
            for (int now; (now = t.effectivePriority()) != t.reportedPriority; ) {
                t.reportedPriority = now;
                unlock();
                try {
                    listener.priorityChanged(t, now);
                } catch (Throwable e) {
                    PendingWait.reportUncaught(e);
                } finally {
                    lock();
                }
            }
        } finally {
            t.isReporting = false;
        }
    }
}

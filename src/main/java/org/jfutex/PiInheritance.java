package org.jfutex;

import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jfutex.time.DaemonThreads;
import org.jspecify.annotations.Nullable;

/** Raises owners to the priority of their waiters, along chains of owners. */
final class PiInheritance {

    /*
     * A task waits for one lock, and a lock has one owner, so one chain starts at every task:
     *
     *     task --pending.pi--> lock --owner--> task --pending.pi--> lock --owner--> ...
     *
     * The chains never form a cycle. A chain grows in two ways only: a task begins to wait, after isRefusedLocked has
     * permitted it, or a lock gets another owner, which waits for no lock at that moment.
     *
     * A chain may have any length, since it can be built from its lower end, where each step sees an owner that waits
     * for nothing. But each walk up a chain ends after MAX_CHAIN locks. A task at which a walk has ended has its new
     * effective priority, but its waiter keeps its rank in the next lock. These always hold:
     *
     *     effective priority of a task     the maximum of its own priority and the ranks of its locks
     *     rank of a lock at its owner      the rank of its first waiter
     *
     * This holds for all waiters except those at which a walk has ended:
     *
     *     rank of a waiter                 the effective priority of its task
     *
     * A later walk that reaches such a waiter corrects its rank and continues from there.
     *
     * One lock guards all chains of a table, since a step of a chain leads to any bucket. Only operations on contended
     * locks take it. The time for which it is held is bounded: a walk has at most MAX_CHAIN steps, and a step visits at
     * most one waiter and one lock of each of the 100 priorities. A loop over waiters or tasks releases the lock after
     * MAX_VISITS of them. Only a requeue visits as many waiters as it moves.
     *
     * Code under this lock allocates nothing: an error in the middle would leave a lock without an owner, or a task
     * that waits for ever.
     */

    /** The maximum number of locks that a walk along a chain visits: kernel.max_lock_depth. */
    static final int MAX_CHAIN = 1024;

    /** The maximum number of waiters or tasks that a loop visits before it releases the lock for other threads. */
    static final int MAX_VISITS = 128;

    private final ReentrantLock lock = new ReentrantLock();

    /*
     * Steps under the lock, for tests: the total, the total when the lock was last taken, and the maximum during one
     * hold.
     */
    private long steps;
    private long stepsBefore;
    private long mostSteps;

    private @Nullable PiOwner firstPending; // under the lock
    private @Nullable PiOwner lastPending; // under the lock
    private volatile boolean hasPending; // whether either of these may be non-null

    /**
     * How often the current thread has suspended its notifications, null if it has not. A map by thread would keep a
     * reference to a thread that ends before it resumes them.
     */
    private final ThreadLocal<@Nullable Integer> silence = new ThreadLocal<>();

    private volatile boolean everSilent; // whether any thread has ever suspended its notifications

    /** Locks for a caller that must not fail, like {@link Bucket#lockWithoutStackCheck}. */
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
     * Follows the chain of an owner upwards.
     *
     * @return the owner at its end, which waits for no lock; null if more than {@link #MAX_CHAIN} owners wait
     */
    @Nullable
    PiOwner lastOwnerLocked(PiOwner owner) {
        PiOwner t = owner;
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
     * Returns whether a task may not wait for a lock: it would close a cycle, or the chain is too long.
     *
     * @param task waits for no lock yet, so it can be on the chain only as its end
     * @param last the {@linkplain #lastOwnerLocked last owner} of the lock's chain
     */
    static boolean isRefusedLocked(PiOwner task, @Nullable PiOwner last) {
        return last == null || last == task;
    }

    /** Returns the lock for which a task waits, null if it waits for none. */
    private static @Nullable PiState awaitedLocked(PiOwner t) {
        PiWaiter w = t.pending;
        return w == null ? null : w.pi;
    }

    /**
     * Begins a task's wait, for a lock or for a requeue. After this call nothing may prevent the waiter from being
     * queued.
     */
    void beginLocked(PiWaiter w, WaitQueue q) {
        w.task.checkMayWait();
        q.admitLocked();
        w.task.pending = w;
    }

    /**
     * Returns the state of a queue's lock, or a new one if the lock has no waiters. A new one is not reachable before
     * {@link #joinLocked}.
     */
    static PiState stateOf(WaitQueue q, PiOwner owner) {
        PiState state = PiState.of(q);
        return state != null ? state : new PiState(q, owner);
    }

    /**
     * Adds a queued waiter to the waiters of a lock; the caller {@linkplain #updateLocked updates} the owner
     * afterwards.
     */
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

    /** Removes a waiter from the waiters of its lock. */
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

    /** Makes a waiter the owner. */
    void promoteLocked(PiWaiter w, PiState state) {
        steps++;
        PiOwner former = state.owner;
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
        updateLocked(w.task); // its rank may have differed from its priority, see above
        updateLocked(former);
    }

    /** Marks a task as exiting: it begins no wait from here on. */
    void beginExit(PiOwner task) {
        lock();
        try {
            task.checkAlive();
            task.exiting = true;
        } finally {
            unlock();
        }
    }

    /** Marks a task as dead: no task is queued for it from here on. */
    void endExit(PiOwner task) {
        lock();
        try {
            task.dead = true;
        } finally {
            unlock();
        }
    }

    /** Returns one of the task's locks that have waiters, null if there is none. */
    @Nullable
    PiState anyOwned(PiOwner task) {
        lock();
        try {
            PriorityList.Node<PiState> first = task.owned.first();
            return first == null ? null : first.member;
        } finally {
            unlock();
        }
    }

    /** Returns the queue of a lock's waiters. The result can change, except under its bucket's lock. */
    WaitQueue queueOf(PiState state) {
        lock();
        try {
            return state.queue;
        } finally {
            unlock();
        }
    }

    /**
     * Moves a lock to the queue to which its word has moved, before its waiters; not if that queue has a lock already.
     */
    boolean followLocked(WaitQueue source, WaitQueue target) {
        lock();
        try {
            PiState state = PiState.of(source);
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
    void updateLocked(PiOwner task) {
        PiOwner t = task;
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

    private void announceLocked(PiOwner t) {
        if (!t.hasListener() || t.isPending) {
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

    private @Nullable PiOwner nextPendingLocked() {
        PiOwner t = firstPending;
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

    /**
     * Suspends the notifications of this thread until {@link #releaseNotifications}; other threads may send them
     * earlier.
     */
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
            return false; // a thread that has suspended notifications has its entry, and reading it allocates nothing
        }
    }

    /** Reports changed priorities to the listeners of tasks. The caller must not hold a lock. */
    void notifyListeners() {
        if (!hasPending || isSilent()) {
            return;
        }
        lock();
        try {
            int visits = 0;
            for (PiOwner t; (t = nextPendingLocked()) != null; ) {
                if (visits++ == MAX_VISITS) {
                    visits = 1;
                    unlock();
                    lock();
                }
                steps++;
                if (!t.isReporting) { // a thread that is notifying it reads the priority again
                    notifyListenerLocked(t);
                }
            }
            hasPending = false;
        } finally {
            unlock();
        }
    }

    private void notifyListenerLocked(PiOwner t) {
        t.isReporting = true;
        try {
            for (int now; (now = t.effectivePriority()) != t.reportedPriority; ) {
                t.reportedPriority = now;
                unlock();
                try {
                    t.report(now);
                } catch (Throwable e) {
                    DaemonThreads.reportUncaught(e);
                } finally {
                    lock();
                }
            }
        } finally {
            t.isReporting = false;
        }
    }
}

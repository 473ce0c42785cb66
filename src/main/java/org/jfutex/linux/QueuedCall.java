package org.jfutex.linux;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jfutex.PendingWait;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/**
 * A call that queues its task: how it begins and ends. A subclass defines what is queued and what the end of the wait
 * returns.
 *
 * @param <R> the type of the result of its waits
 */
abstract non-sealed class QueuedCall<R> extends FutexCall {

    /*
     * States, under "lock":
     *
     *      SLEEPING    queued; the wait may have ended without this call having read that
     *      SUSPENDED   not queued: signals are being handled, or the task is stopped
     *      DONE        the result is set
     *
     *      begin                    -> SLEEPING, or DONE if the operation fails at once or the task is exiting
     *      SLEEPING   settle        -> DONE        woken, deadline passed
     *      SLEEPING   suspend       -> SUSPENDED, or DONE if a wake came first
     *      SUSPENDED  last resume   -> SLEEPING | DONE (EINTR, or the restart ended at once)
     *      not DONE   cancel        -> DONE
     *
     * A thread in await() sleeps without the lock. If it is interrupted, it first dequeues its wait and then takes the
     * lock. Until it holds the lock, other threads do not end the call because its wait was cancelled.
     */

    enum State {
        SLEEPING,
        SUSPENDED,
        DONE
    }

    private final CallSettings kernel;
    private final Task task;
    private final Supplier<TimeLimit> limitOfRestart;
    private final ReentrantLock lock = new ReentrantLock();
    final Condition resumed = lock.newCondition();

    volatile TimeLimit limit; // written under the lock
    volatile State state = State.SUSPENDED; // written under the lock
    volatile @Nullable PendingWait<R> wait; // set while SLEEPING; written under the lock
    private volatile @Nullable PendingWait<R> last; // the latest wait, kept after the end; written under the lock

    @Nullable
    Thread sleeper; // the thread in await(); under the lock

    long result; // published by the write of DONE to "state"

    /**
     * Creates a call that has not begun.
     *
     * @param limit its time limit
     * @param limitOfRestart computes the time limit after a restart: Linux repeats most calls from their registers, and
     *     reads again the memory that these point to
     */
    QueuedCall(CallSettings kernel, Task task, TimeLimit limit, Supplier<TimeLimit> limitOfRestart) {
        this.kernel = kernel;
        this.task = task;
        this.limit = limit;
        this.limitOfRestart = limitOfRestart;
    }

    /** Queues the task. A restart calls this again. */
    abstract PendingWait<R> queue();

    /** Returns the result of the call after its wait has ended with {@code how}. */
    abstract long outcome(PendingWait<R> wait, R how);

    /** Returns whether this suspended call continues after a signal of that disposition. */
    abstract boolean restarts(SignalDisposition found);

    /** Passes on what the wait acquired (a wake, a lock), because the caller does not use it. */
    abstract void giveBack(PendingWait<R> wait);

    /** Returns the errno of the call if a signal ends it. */
    int errnoOfSignal() {
        return Errno.EINTR;
    }

    /** Returns whether the call changes priorities. If so, listeners are notified after {@link #lock} is released. */
    boolean inherits() {
        return false;
    }

    final void lock() {
        lock.lock();
        if (inherits()) {
            boolean delayed = false;
            try {
                kernel.table().suspendPriorityEvents();
                delayed = true;
            } finally {
                if (!delayed) {
                    lock.unlock();
                }
            }
        }
    }

    final void unlock() {
        lock.unlock();
        if (inherits()) {
            kernel.table().resumePriorityEvents();
        }
    }

    final CallSettings kernel() {
        return kernel;
    }

    final Task task() {
        return task;
    }

    /** Returns the wait that is queued for the task, or null if it is not queued. */
    final @Nullable PendingWait<R> pending() {
        return wait;
    }

    /** Returns whether the task is not queued because a signal is being handled or the task is stopped. */
    final boolean isSuspended() {
        return state == State.SUSPENDED;
    }

    /** Starts the call, once. */
    final FutexCall start() {
        StackGuard.checkCall(); // covers the end too: a call that neither began nor ended would never leave its task
        lock();
        try {
            task.entersCall(this); // from here on its exit cancels this call
            if (!task.isAlive()) {
                cancel(); // the exit may have read the calls before, and would not pass on what is acquired now
            }
            if (state != State.DONE) {
                beginLocked(() -> limit);
            }
        } finally {
            unlock();
        }
        return this;
    }

    /** Queues the task again, after its last suspension. */
    final void restartLocked() {
        beginLocked(limitOfRestart);
    }

    private void beginLocked(Supplier<TimeLimit> until) {
        try {
            limit = until.get();
            PendingWait<R> begun = queue();
            wait = begun;
            last = begun;
            state = State.SLEEPING;
            R how = begun.poll();
            if (how != null) {
                finishLocked(outcome(begun, how));
            }
        } catch (Error e) {
            finishLocked(-Errno.EINTR);
            throw e;
        } catch (RuntimeException e) {
            long answer = -Errno.EINTR; // for exceptions that have no errno
            try {
                answer = ErrnoException.result(task.isAlive(), e);
            } finally {
                finishLocked(answer);
            }
        } catch (Throwable e) { // a checked exception that a memory threw undeclared
            finishLocked(-Errno.EINTR);
            throw e;
        }
    }

    final void finishLocked(long answer) {
        result = answer;
        wait = null;
        state = State.DONE;
        task.leavesCall(this);
        resumed.signalAll();
    }

    /** Ends the call if its wait has ended or its deadline has passed. */
    final void settleLocked() {
        PendingWait<R> w = wait;
        if (w == null) {
            return;
        }
        R how = w.poll();
        if (how == null && endIfLateLocked(w)) {
            return;
        }
        boolean leftToSleeper =
                how != null && ErrnoMapping.isCancelled(how) && sleeper != null && sleeper != Thread.currentThread();
        if (how != null && !leftToSleeper) {
            finishLocked(outcome(w, how));
        }
    }

    /** Ends the call if its deadline has passed. Returns whether it has passed. */
    final boolean endIfLateLocked(PendingWait<R> w) {
        if (!limit.hasPassed(kernel.clock())) {
            return false;
        }
        R how = w.cancel();
        finishLocked(ErrnoMapping.isCancelled(how) ? -Errno.ETIMEDOUT : outcome(w, how));
        return true;
    }

    @Override
    public final boolean isDone() {
        if (state == State.SLEEPING) {
            lock();
            try {
                settleLocked();
            } finally {
                unlock();
            }
        }
        return state == State.DONE;
    }

    @Override
    public final long result() {
        if (!isDone()) {
            throw new IllegalStateException("the call is not done");
        }
        return result;
    }

    @Override
    public final void cancel() {
        lock();
        try {
            PendingWait<R> w = wait;
            if (w != null) {
                finishLocked(outcome(w, w.cancel()));
            } else if (state != State.DONE) {
                finishLocked(-Errno.EINTR);
            }
        } finally {
            unlock();
        }
    }

    @Override
    final void abandon() {
        cancel();
        PendingWait<R> w = last;
        if (w != null && task.isAlive()) {
            giveBack(w);
        }
    }

    @Override
    public final String toString() {
        return state == State.DONE ? "futex call = " + result : "futex call of task " + task.tid() + ", " + wait;
    }
}

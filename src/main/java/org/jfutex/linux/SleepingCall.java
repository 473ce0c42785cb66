package org.jfutex.linux;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jfutex.PendingWait;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/**
 * A call that queues its task and may sleep. A subclass defines what is queued and what the end of the wait returns.
 *
 * @param <R> the type of the results of its waits
 */
abstract non-sealed class SleepingCall<R> extends FutexCall {

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

    private enum State {
        SLEEPING,
        SUSPENDED,
        DONE
    }

    private final CallSettings kernel;
    private final Task task;
    private final Supplier<TimeLimit> limitOfRestart;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition resumed = lock.newCondition();

    private volatile TimeLimit limit; // written under the lock
    private volatile State state = State.SUSPENDED; // written under the lock
    private volatile @Nullable PendingWait<R> wait; // set while SLEEPING; written under the lock
    private volatile @Nullable PendingWait<R> last; // the latest wait, kept after the end; written under the lock
    private @Nullable Thread sleeper; // the thread in await(); under the lock
    private int suspensions; // suspensions that are not resumed yet; under the lock

    /** The disposition of the first signal, if it is known before the last resume; under the lock. */
    private @Nullable SignalDisposition first;

    private long result; // published by the write of DONE to "state"

    /**
     * Creates a call that has not begun.
     *
     * @param limit its time limit
     * @param limitOfRestart computes the time limit after a restart: Linux repeats most calls from their registers, and
     *     reads again the memory that these point to
     */
    SleepingCall(CallSettings kernel, Task task, TimeLimit limit, Supplier<TimeLimit> limitOfRestart) {
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

    private void lock() {
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

    private void unlock() {
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
        StackGuard.checkDeep(); // covers the end too: a call that neither began nor ended would never leave its task
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
                answer = ErrnoException.result(task, e);
            } finally {
                finishLocked(answer);
            }
        } catch (Throwable e) { // a checked exception that a memory threw undeclared
            finishLocked(-Errno.EINTR);
            throw e;
        }
    }

    private void finishLocked(long answer) {
        result = answer;
        wait = null;
        state = State.DONE;
        task.leavesCall(this);
        resumed.signalAll();
    }

    /** Ends the call if its wait has ended or its deadline has passed. */
    private void settleLocked() {
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
    private boolean endIfLateLocked(PendingWait<R> w) {
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
    public final long await() {
        if (state == State.DONE) {
            return result;
        }
        setSleeper(Thread.currentThread());
        boolean interrupted = false;
        try {
            for (PendingWait<R> w = toSleepOn(); w != null; w = toSleepOn()) {
                try {
                    w.await(limit.deadline());
                } catch (InterruptedException e) {
                    boolean before = interrupted;
                    interrupted = true; // kept if the signal policy throws
                    interrupted = signalled(w) || before;
                }
            }
            return result;
        } finally {
            setSleeper(null);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void setSleeper(@Nullable Thread thread) {
        lock();
        try {
            if (thread != null && sleeper != null) {
                throw new IllegalStateException("another thread awaits this call");
            }
            sleeper = thread;
        } finally {
            unlock();
        }
    }

    /** Waits until the call is not suspended. Returns its wait, or null if the call is done. */
    private @Nullable PendingWait<R> toSleepOn() {
        lock();
        try {
            settleLocked();
            while (state == State.SUSPENDED) {
                resumed.awaitUninterruptibly();
                settleLocked();
            }
            return wait;
        } finally {
            unlock();
        }
    }

    /**
     * Handles an interrupt of the sleeper, which has dequeued its wait, as a signal. Returns whether the thread must be
     * interrupted again when the call returns.
     */
    private boolean signalled(PendingWait<R> w) {
        lock();
        try {
            if (wait != w) { // another thread ended or suspended the call first
                Thread.currentThread().interrupt();
                return false;
            }
            if (!endIfLateLocked(w)) { // Linux checks the timeout before pending signals
                suspendLocked(w);
            }
        } finally {
            unlock();
        }
        if (state == State.DONE) {
            return true;
        }
        return serve(true);
    }

    @Override
    public final void interrupt() {
        int signals = suspended();
        if (signals > 0) {
            serve(signals == 1);
        }
    }

    /**
     * Calls the signal policy, then resumes the call even if the policy throws. Returns whether a handler is to run, or
     * the signal ends the call.
     */
    private boolean serve(boolean isFirst) {
        SignalDisposition found = SignalDisposition.HANDLER;
        boolean ending = false;
        try {
            found = kernel.signals().onSignal(task);
        } finally {
            ending = goOn(found, isFirst);
        }
        return ending || found == SignalDisposition.HANDLER;
    }

    @Override
    public final boolean suspend() {
        return suspended() > 0;
    }

    /** Suspends the call. Returns the number of its suspensions that are not resumed yet, or 0 if the call is done. */
    private int suspended() {
        lock();
        try {
            settleLocked();
            PendingWait<R> w = wait;
            if (w != null) {
                suspendLocked(w);
            } else if (state == State.SUSPENDED) {
                suspensions++;
            }
            return state == State.SUSPENDED ? suspensions : 0;
        } finally {
            unlock();
        }
    }

    private void suspendLocked(PendingWait<R> w) {
        R how = w.cancel();
        if (ErrnoMapping.isCancelled(how)) {
            wait = null;
            state = State.SUSPENDED;
            suspensions = 1;
            first = null;
        } else {
            finishLocked(outcome(w, how));
        }
    }

    @Override
    public final void resume(SignalDisposition found) {
        goOn(requireNonNull(found, "found"), false);
    }

    /**
     * Resumes the call. Returns whether this signal ends it. That is computed before the last resume takes effect,
     * because a restart is a new wait. The first signal alone decides. If the first signal is unknown, the last resume
     * counts as its, because handlers nest.
     */
    private boolean goOn(SignalDisposition found, boolean isFirst) {
        lock();
        try {
            if (state == State.SLEEPING) {
                throw new IllegalStateException("the call is not suspended");
            }
            if (state == State.DONE) {
                return false;
            }
            boolean decides = isFirst || (suspensions == 1 && first == null);
            SignalDisposition deciding = decides ? found : first;
            boolean ending = decides && !restarts(found);
            first = deciding;
            if (--suspensions == 0) {
                if (deciding != null && restarts(deciding)) {
                    beginLocked(limitOfRestart);
                    resumed.signalAll();
                } else {
                    finishLocked(-errnoOfSignal());
                }
            }
            return ending;
        } finally {
            unlock();
        }
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

package org.jfutex.linux;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jfutex.PendingWait;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/**
 * A call that queues its task. Subclasses know what to queue, and what its end means.
 *
 * @param <R> what their waits end with
 */
abstract non-sealed class SleepingCall<R> extends FutexCall {

    /*
     * States, under "lock":
     *
     *      SLEEPING    queued; the wait may have ended without anybody having looked
     *      SUSPENDED   in no queue: signals are being handled, or the task is stopped
     *      DONE        there is a result
     *
     *      begin                    -> SLEEPING, or DONE if the operation fails at once or the task dies already
     *      SLEEPING   settle        -> DONE        woken, deadline passed
     *      SLEEPING   suspend       -> SUSPENDED, or DONE if a wake came first
     *      SUSPENDED  last resume   -> SLEEPING | DONE (EINTR, or what the restart found)
     *      not DONE   cancel        -> DONE
     *
     * A thread in await() sleeps without the lock. If it is interrupted it takes its wait out of the queue by itself and then comes for the lock;
     * until it does, a cancelled wait is its affair and nobody else's.
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
    private volatile @Nullable PendingWait<R> last; // what it slept on last; written under the lock
    private @Nullable Thread sleeper; // who awaits; under the lock
    private int suspensions; // without their resumes; under the lock

    /** What the first of the signals found, if that is known before the last resume; under the lock. */
    private @Nullable SignalDisposition first;

    private long result; // published by DONE

    /**
     * A call that has not begun.
     *
     * @param limit its deadline
     * @param limitOfRestart its deadline after a restart: Linux makes most calls anew from their registers, and reads what these point to again
     */
    SleepingCall(CallSettings kernel, Task task, TimeLimit limit, Supplier<TimeLimit> limitOfRestart) {
        this.kernel = kernel;
        this.task = task;
        this.limit = limit;
        this.limitOfRestart = limitOfRestart;
    }

    /** Queues the task. Called again for a restart. */
    abstract PendingWait<R> queue();

    /** What a wait that ended so makes the call return. */
    abstract long outcome(PendingWait<R> wait, R how);

    /** Whether the call, which is suspended, goes on after a signal. */
    abstract boolean restarts(SignalDisposition found);

    /** Gives what a wait has gained to others. */
    abstract void giveBack(PendingWait<R> wait);

    /** What it says if it does not. */
    int errnoOfSignal() {
        return Errno.EINTR;
    }

    /** Whether it changes priorities, so that listeners have to wait until {@link #lock} is dropped. */
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

    /** What the task stands in the queues with, null while it stands in none. */
    final @Nullable PendingWait<R> pending() {
        return wait;
    }

    /** Whether it stands in no queue since a signal is being handled, or the task is stopped. */
    final boolean isSuspended() {
        return state == State.SUSPENDED;
    }

    /** Starts the call, once. */
    final FutexCall start() {
        StackGuard.checkDeep(); // for an end too: a call that has neither begun nor ended would be its task's for ever
        lock();
        try {
            task.entersCall(this); // from here on its exit cancels this call
            if (!task.isAlive()) {
                cancel(); // the exit may have looked before, and hands over nothing that is gained now
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
            long answer = -Errno.EINTR; // if it is none of ours
            try {
                answer = ErrnoException.result(task, e);
            } finally {
                finishLocked(answer);
            }
        } catch (Throwable e) { // no memory, no stack: the task sleeps in no call then
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
        boolean sleepersAffair =
                how != null && ErrnoMapping.isCancelled(how) && sleeper != null && sleeper != Thread.currentThread();
        if (how != null && !sleepersAffair) {
            finishLocked(outcome(w, how));
        }
    }

    /** Ends the call if its deadline has passed; says whether it has. */
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
            throw new IllegalStateException("the call is not over");
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
                    interrupted = true; // should the policy fail
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

    /** The wait of a call that is not over, once nobody keeps it suspended; null if it is over. */
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
     * The sleeper was interrupted and has taken its wait out of the queue: a signal. Says whether the interrupt is still to be delivered when the call
     * returns.
     */
    private boolean signalled(PendingWait<R> w) {
        lock();
        try {
            if (wait != w) { // somebody else has ended or suspended the call meanwhile
                Thread.currentThread().interrupt();
                return false;
            }
            if (!endIfLateLocked(w)) { // as Linux asks first whether the time is over, then for signals
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

    /** Asks what the signal found, and goes on whatever happens there. Says whether a handler is still to hear of it, or it ends the call. */
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

    /** Suspends; says how many signals have by now, 0 if the call is over. */
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
     * Resumes; says whether this signal ends the call, which can be asked only as long as the call is suspended: a restart is another wait. The first signal decides
     * alone. If nobody knows which was the first it is that of the last resume, since handlers nest.
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

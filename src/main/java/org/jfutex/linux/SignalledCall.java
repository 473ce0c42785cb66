package org.jfutex.linux;

import static java.util.Objects.requireNonNull;

import java.util.function.Supplier;
import org.jfutex.PendingWait;
import org.jspecify.annotations.Nullable;

/**
 * A queued call that signals and stops suspend.
 *
 * @param <R> the type of the result of its waits
 */
abstract class SignalledCall<R> extends QueuedCall<R> {

    private int suspensions; // suspensions that are not resumed yet; under the lock

    /** The disposition of the first signal, if it is known before the last resume; under the lock. */
    private @Nullable SignalDisposition first;

    SignalledCall(CallSettings kernel, Task task, TimeLimit limit, Supplier<TimeLimit> limitOfRestart) {
        super(kernel, task, limit, limitOfRestart);
    }

    /**
     * Handles an interrupt of the sleeper, which has dequeued its wait, as a signal. Returns whether the thread must be
     * interrupted again when the call returns.
     */
    final boolean signalled(PendingWait<R> w) {
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
            found = kernel().signals().onSignal(task());
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

    final void suspendLocked(PendingWait<R> w) {
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
                    restartLocked();
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
}

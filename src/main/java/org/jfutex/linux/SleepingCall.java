package org.jfutex.linux;

import java.util.function.Supplier;
import org.jfutex.PendingWait;
import org.jspecify.annotations.Nullable;

/**
 * A queued call in which a thread can sleep.
 *
 * @param <R> the type of the result of its waits
 */
abstract class SleepingCall<R> extends SignalledCall<R> {

    SleepingCall(CallSettings kernel, Task task, TimeLimit limit, Supplier<TimeLimit> limitOfRestart) {
        super(kernel, task, limit, limitOfRestart);
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

    @Override
    public final boolean awaitOrSuspend() {
        setSleeper(Thread.currentThread());
        try {
            for (PendingWait<R> w = toSleepOn(); w != null; w = toSleepOn()) {
                try {
                    w.await(limit.deadline());
                } catch (InterruptedException e) {
                    if (leaves(w)) {
                        return false;
                    }
                }
            }
            return true;
        } finally {
            setSleeper(null);
        }
    }

    /**
     * Suspends the call because of an interrupt of the sleeper, which has dequeued its wait. Returns whether the call
     * is suspended. If another thread has ended or suspended the call first, the interrupt is set again.
     */
    private boolean leaves(PendingWait<R> w) {
        lock();
        try {
            if (wait == w && !endIfLateLocked(w)) { // Linux checks the timeout before pending signals
                suspendLocked(w);
                if (state == State.SUSPENDED) {
                    return true;
                }
            }
            Thread.currentThread().interrupt();
            return false;
        } finally {
            unlock();
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
}

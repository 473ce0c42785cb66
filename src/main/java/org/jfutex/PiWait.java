package org.jfutex;

import org.jspecify.annotations.Nullable;

/**
 * A task's wait for a priority-inheritance lock, or for a requeue to one.
 *
 * <p>It ends as {@link PiResult#LOCKED} at the moment when the lock is handed over. From then on the word names the
 * task, even before the task has read the result. The task holds a lock that was handed over even if a timeout, a
 * cancel or an interrupt comes at that moment.
 *
 * <p>Linux restarts these waits after a signal. To do so here, cancel the wait, and prepare a new one if the result is
 * not {@link PiResult#LOCKED}.
 *
 * <p>Source: futex(2), FUTEX_LOCK_PI and FUTEX_WAIT_REQUEUE_PI.
 */
public final class PiWait extends PendingWait<PiResult> {

    private final PiTask task;
    private final PiWaiter place;

    PiWait(PiTask task, PiWaiter place) {
        this.task = task;
        this.place = place;
    }

    /** Returns the wait that a task has created for a waiter. */
    static PiWait of(PiWaiter waiter) {
        return (PiWait) waiter.wait;
    }

    /**
     * Returns the task that waits.
     *
     * @return the task
     */
    public PiTask task() {
        return task;
    }

    /**
     * Returns whether a requeue moved this wait to its lock before it ended. After such a move Linux reports a signal
     * as EAGAIN and does not restart the wait.
     *
     * @return whether the wait began at another word and was moved
     * @throws IllegalStateException if the wait has not ended
     */
    public boolean wasMoved() {
        if (ended() == null) {
            throw new IllegalStateException("still waiting");
        }
        return place.target != null && place.kind == Waiter.Kind.LOCK_PI;
    }

    @Override
    @Nullable
    WaitResult ended() {
        return place.ended();
    }

    @Override
    PiResult result(WaitResult ended) {
        return switch (ended) {
            case WOKEN -> place.outcome;
            case VALUE_DIFFERS -> PiResult.VALUE_DIFFERS;
            case TIMED_OUT -> PiResult.TIMED_OUT;
            case CANCELLED -> PiResult.CANCELLED;
            case UNMAPPED -> PiResult.UNMAPPED;
        };
    }

    @Override
    void tryEnd(WaitResult how) {
        place.tryEnd(how);
        if (!Callback.isOnTimerThread()) {
            notifyPriorityListeners();
        } // else the thread that calls the callback does it
    }

    @Override
    void notifyPriorityListeners() {
        place.notifyPriorityListeners();
    }

    @Override
    TableState table() {
        return place.table();
    }

    @Override
    boolean watch() {
        return place.watch(this);
    }

    @Override
    void countSleep() {
        place.countSleep();
    }

    @Override
    String describeKeys() {
        return place.describeKeys();
    }

    @Override
    public String toString() {
        return place.toString();
    }
}

package org.jfutex;

import org.jspecify.annotations.Nullable;

/**
 * A task's wait for a priority-inheritance lock, or for a requeue to one.
 *
 * <p>It ends as {@link PiResult#LOCKED} at the moment when the lock is handed over: the word names the task then, whether or not the
 * task has looked yet. A lock that was handed over is held even if a timeout, a cancel or an interrupt comes at the same moment.
 *
 * <p>Linux restarts these waits after a signal. A caller who wants the same cancels, and prepares anew unless the answer is {@link
 * PiResult#LOCKED}.
 *
 * <p>Source: futex(2), FUTEX_LOCK_PI and FUTEX_WAIT_REQUEUE_PI.
 */
public final class PiWait extends PendingWait<PiResult> {

    private final PiWaiter place;

    PiWait(PiWaiter place) {
        this.place = place;
    }

    /**
     * The task that waits.
     *
     * @return the task
     */
    public PiTask task() {
        return place.task;
    }

    /**
     * Whether a requeue had moved this wait to its lock before it ended. A signal is EAGAIN then, no more a restart.
     *
     * @return whether it began at another word and was moved
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
        table().inheritance.notifyListeners();
    }

    @Override
    FutexTable table() {
        return place.table();
    }

    @Override
    WaitQueue queuedIn() {
        return place.queuedIn();
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

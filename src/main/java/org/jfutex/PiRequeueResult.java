package org.jfutex;

import static java.util.Objects.requireNonNull;

/**
 * The result of a requeue to a lock. Source: futex(2), FUTEX_CMP_REQUEUE_PI.
 *
 * @param outcome {@link PiResult#REQUEUED}, or why the requeue stopped: {@link PiResult#VALUE_DIFFERS}, {@link
 *     PiResult#INCONSISTENT}, {@link PiResult#DEADLOCK}, {@link PiResult#NO_OWNER}, {@link PiResult#NOT_PERMITTED};
 *     what was done before it stopped is not undone
 * @param locked how many waiters now own the lock, 0 or 1
 * @param moved how many waiters now wait for the lock
 */
public record PiRequeueResult(PiResult outcome, int locked, int moved) {

    /** Checks that the outcome is not null. */
    public PiRequeueResult {
        requireNonNull(outcome, "outcome");
    }

    /**
     * Returns the value that Linux returns if the outcome is {@link PiResult#REQUEUED}.
     *
     * @return {@link #locked} plus {@link #moved}
     */
    public int total() {
        return locked + moved;
    }
}

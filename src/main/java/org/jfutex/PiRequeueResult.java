package org.jfutex;

import static java.util.Objects.requireNonNull;

/**
 * What a requeue to a lock did. Source: futex(2), FUTEX_CMP_REQUEUE_PI.
 *
 * @param outcome {@link PiResult#REQUEUED}, or why it stopped: {@link PiResult#VALUE_DIFFERS}, {@link PiResult#INCONSISTENT}, {@link
 *     PiResult#DEADLOCK}, {@link PiResult#NO_OWNER}, {@link PiResult#NOT_PERMITTED}; what was done before it stopped, stays
 * @param locked how many waiters own the lock now, 0 or 1
 * @param moved how many waiters wait for the lock now
 */
public record PiRequeueResult(PiResult outcome, int locked, int moved) {

    /** Refuses a missing outcome. */
    public PiRequeueResult {
        requireNonNull(outcome, "outcome");
    }

    /**
     * What Linux returns if the outcome is {@link PiResult#REQUEUED}.
     *
     * @return {@link #locked} plus {@link #moved}
     */
    public int total() {
        return locked + moved;
    }
}

package org.jfutex;

/**
 * The result of a requeue. Source: futex(2), FUTEX_CMP_REQUEUE.
 *
 * @param valueDiffered whether the word held another value than expected, so that nothing was done (Linux: EAGAIN)
 * @param woken how many waiters were woken
 * @param moved how many waiters were moved
 */
public record RequeueResult(boolean valueDiffered, int woken, int moved) {

    static final RequeueResult VALUE_DIFFERED = new RequeueResult(true, 0, 0);

    /**
     * Returns the value that Linux returns.
     *
     * @return {@link #woken} plus {@link #moved}
     */
    public int total() {
        return woken + moved;
    }
}

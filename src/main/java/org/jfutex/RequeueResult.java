package org.jfutex;

/**
 * What a requeue did. Source: futex(2), FUTEX_CMP_REQUEUE.
 *
 * @param valueDiffered whether the word did not hold the expected value, so that nothing was done (Linux: EAGAIN)
 * @param woken how many waiters it woke
 * @param moved how many waiters it moved
 */
public record RequeueResult(boolean valueDiffered, int woken, int moved) {

    static final RequeueResult VALUE_DIFFERED = new RequeueResult(true, 0, 0);

    /**
     * What Linux returns.
     *
     * @return {@link #woken} plus {@link #moved}
     */
    public int total() {
        return woken + moved;
    }
}

package org.jfutex;

/**
 * A wait for a wake, queued on one word or on several.
 *
 * <p>A wake that has chosen this waiter counts, whatever happens next: a wait that is woken and cancelled, interrupted
 * or timed out at once ends as {@link WaitResult#WOKEN}.
 */
public abstract class PreparedWait extends PendingWait<WaitResult> {

    PreparedWait() {}

    @Override
    final WaitResult result(WaitResult ended) {
        return ended;
    }

    /**
     * Forwards the wake that ended this wait to the next waiter of the word. Each call wakes a waiter, so call it at
     * most once.
     *
     * <p>The bitset of the original wake is not kept, so the next waiter may have any bitset. Callers that need a
     * bitset use {@link FutexTable#wake( org.jfutex.key.FutexMemory, long, Scope, int, WaitOptions)} instead.
     *
     * @return how many waiters were woken; 0 if no waiter is queued, or this wait was not woken
     */
    public abstract int forwardWake();

    /**
     * Returns which word was woken, for a wait on several words.
     *
     * @return the index in the caller's list, the highest one if several were woken; 0 for a wait on one word
     * @throws IllegalStateException if the wait has not ended as {@link WaitResult#WOKEN}
     */
    public final int index() {
        WaitResult end = ended();
        if (end != WaitResult.WOKEN) {
            throw new IllegalStateException(end == null ? "still waiting" : "not woken: " + end);
        }
        return wokenIndex();
    }

    int wokenIndex() {
        return 0;
    }
}

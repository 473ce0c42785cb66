package org.jfutex;

/**
 * A wait for a wake that stands in its queue already, on one word or on many.
 *
 * <p>A wake that has chosen this waiter counts, whatever happens next: a wait that is woken and cancelled, interrupted or
 * timed out at the same moment ends as {@link WaitResult#WOKEN}.
 */
public abstract sealed class PreparedWait extends PendingWait<WaitResult> permits Waiter, WaitvWait {

    PreparedWait() {}

    @Override
    final WaitResult result(WaitResult ended) {
        return ended;
    }

    /**
     * Gives the wake that ended this wait to the next waiter of the same word. It is a wake like any other, so it must not be done twice.
     *
     * <p>On which channels the wake was given is not kept, so the next one may listen on any. Who cares wakes by {@link FutexTable#wake(
     * org.jfutex.key.FutexMemory, long, Scope, int, WaitOptions)} instead.
     *
     * @return how many waiters took it; 0 if nobody is there, or this wait was not woken
     */
    public abstract int forwardWake();

    /**
     * Which of the words was woken, of a wait on many.
     *
     * @return the index in the caller's list, the highest if there were several; 0 for a wait on one word
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

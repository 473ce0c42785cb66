package org.jfutex;

/**
 * Thrown when an operation finds a waiter of a kind that it cannot handle: a wake or a requeue found a PI waiter, or a
 * PI operation a plain one.
 *
 * <p>That waiter and those behind it are untouched. Waiters in front of it have been woken or moved, but their number
 * is not reported, as in Linux (EINVAL).
 */
public final class MixedWaitersException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    /** The queue is any object whose text is the key. */
    MixedWaitersException(Object queue) {
        super("waiters of another kind are queued on " + queue);
    }
}

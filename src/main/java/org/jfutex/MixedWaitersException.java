package org.jfutex;

/**
 * An operation met a waiter of a kind that it cannot serve: a wake or a requeue met a PI waiter, or a PI operation a plain one.
 *
 * <p>That waiter and those behind it are untouched; waiters in front of it have been woken or moved, but their number is lost, as in
 * Linux (EINVAL).
 */
public final class MixedWaitersException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    MixedWaitersException(WaitQueue queue) {
        super("waiters of another kind are queued on " + queue.key());
    }
}

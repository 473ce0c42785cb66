package org.jfutex.sync;

/** How a wait on a {@link PiCondition} ended. The task holds the mutex in any case. */
public enum AwaitResult {
    /** This waiter was signalled. Rarely, the signal was for other waiters, or the wait was cancelled from outside. */
    SIGNALLED,
    /** The time passed and this waiter was not signalled. */
    TIMED_OUT,
    /**
     * The previous owner of the mutex died while it held it, see {@link LockResult#OWNER_DIED}. Whether this waiter was
     * signalled is not reported, because the dead owner may have failed to send a signal.
     */
    OWNER_DIED
}

package org.jfutex.sync;

/** How a wait on a {@link PiCondition} ended. The task holds the mutex in any case. */
public enum AwaitResult {
    /** There was a signal for this waiter; or, rarely, for others, or the wait was cancelled from outside. */
    SIGNALLED,
    /** The time passed and there was no signal for this waiter. */
    TIMED_OUT,
    /**
     * The mutex came from a task that died with it, see {@link LockResult#OWNER_DIED}. Whether there was a signal is
     * not told, since the dead may have owed one.
     */
    OWNER_DIED
}

package org.jfutex.sync;

/** How an attempt to lock a {@link PiMutex} ended. */
public enum LockResult {
    /** The task holds the mutex. */
    LOCKED,
    /**
     * The task holds the mutex, and the one before died with it, so what it protects may be half done. Who can repair it does, and says so with {@link
     * PiMutex#markConsistent}; who unlocks without makes the mutex useless for everybody. Linux: EOWNERDEAD.
     */
    OWNER_DIED,
    /** The task does not hold the mutex: another one does, and the time to wait is over. Linux: EBUSY, ETIMEDOUT. */
    BUSY;

    /**
     * Whether the task holds the mutex.
     *
     * @return false for {@link #BUSY} only
     */
    public boolean isLocked() {
        return this != BUSY;
    }
}

package org.jfutex.sync;

/** How an attempt to lock a {@link PiMutex} ended. */
public enum LockResult {
    /** The task holds the mutex. */
    LOCKED,
    /**
     * The task holds the mutex, and the previous owner died while it held it. The protected data may be inconsistent. A
     * task that has repaired the data calls {@link PiMutex#markConsistent}. If it unlocks without that call, the mutex
     * becomes unusable for all tasks. Linux: EOWNERDEAD.
     */
    OWNER_DIED,
    /**
     * The task does not hold the mutex: another task holds it, and the time to wait has passed. Linux: EBUSY,
     * ETIMEDOUT.
     */
    BUSY;

    /**
     * Returns whether the task holds the mutex.
     *
     * @return false for {@link #BUSY} only
     */
    public boolean isLocked() {
        return this != BUSY;
    }
}

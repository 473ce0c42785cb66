package org.jfutex;

/** How a wait ended: what futex(2) says by 0, EAGAIN, ETIMEDOUT and EINTR, and what an embedder adds. */
public enum WaitResult {
    /** A wake chose this waiter. It says nothing about the word: look again. */
    WOKEN,
    /** The word did not hold the expected value, so nobody went to sleep. Linux: EAGAIN. */
    VALUE_DIFFERS,
    /** The deadline passed first. Linux: ETIMEDOUT. */
    TIMED_OUT,
    /** The waiter was taken out by {@link PreparedWait#cancel}, by {@link FutexTable#cancel} or by an interrupt. */
    CANCELLED,
    /**
     * The word's mapping went away under the waiter. Only with {@link FutexTable#mappingListener}; Linux leaves such waiters asleep.
     */
    UNMAPPED
}

package org.jfutex;

/** How a wait ended. The first four correspond to 0, EAGAIN, ETIMEDOUT and EINTR of futex(2). */
public enum WaitResult {
    /** A wake chose this waiter. This does not imply any value of the word, so check the word again. */
    WOKEN,
    /** The word did not hold the expected value, so the wait did not begin. Linux: EAGAIN. */
    VALUE_DIFFERS,
    /** The deadline passed first. Linux: ETIMEDOUT. */
    TIMED_OUT,
    /** The waiter was removed by {@link PreparedWait#cancel}, by {@link FutexTable#cancel} or by an interrupt. */
    CANCELLED,
    /**
     * The mapping of the word was removed during the wait. Only with {@link FutexTable#mappingListener}; Linux leaves
     * such waiters asleep.
     */
    UNMAPPED
}

package org.jfutex;

/** The result of an operation on a priority-inheritance lock. */
public enum PiResult {
    /** The task owns the lock. Linux: 0. */
    LOCKED,
    /** The task no longer owns the lock. Linux: 0. */
    UNLOCKED,
    /** The waiters were moved, or there were none. Linux: their number. */
    REQUEUED,
    /** Another task owns the lock, and a try does not wait. Linux: EAGAIN. */
    WOULD_BLOCK,
    /** The word that was compared did not hold the expected value. Linux: EAGAIN. */
    VALUE_DIFFERS,
    /** The deadline passed first; the task does not own the lock. Linux: ETIMEDOUT. */
    TIMED_OUT,
    /** The wait was ended by a cancel or an interrupt; the task does not own the lock. */
    CANCELLED,
    /** The mapping of the word was removed during the wait. Only with {@link FutexTable#mappingListener}. */
    UNMAPPED,
    /** The word could not be written when the lock of a dead owner was handed to the waiter. Linux: EFAULT. */
    FAULT,
    /**
     * The task owns the lock already, or waiting for it would close a cycle of owners. Also if the owner is at the
     * lower end of a chain of more than 1024 waiting owners. Linux: EDEADLK.
     */
    DEADLOCK,
    /** The word names an owner that is not alive. Linux: ESRCH. */
    NO_OWNER,
    /** The word names another task, or none, so the caller cannot unlock it. Linux: EPERM. */
    NOT_OWNER,
    /** The word names a kernel thread, or, for a private lock, a task of another address space. Linux: EPERM. */
    NOT_PERMITTED,
    /**
     * The word, or a waiter of another kind that is queued on it, contradicts the lock's waiters and their owner.
     * Linux: EINVAL.
     */
    INCONSISTENT
}

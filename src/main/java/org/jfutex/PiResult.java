package org.jfutex;

/** What became of an operation on a priority-inheritance lock. */
public enum PiResult {
    /** The task owns the lock. Linux: 0. */
    LOCKED,
    /** The task owns the lock no more. Linux: 0. */
    UNLOCKED,
    /** Waiters were moved, or nobody waited. Linux: their number. */
    REQUEUED,
    /** Somebody else owns the lock, and a try does not wait. Linux: EAGAIN. */
    WOULD_BLOCK,
    /** The word that was compared did not hold the expected value. Linux: EAGAIN. */
    VALUE_DIFFERS,
    /** The deadline passed first; the task does not own the lock. Linux: ETIMEDOUT. */
    TIMED_OUT,
    /** The wait was taken back by a cancel or an interrupt; the task does not own the lock. */
    CANCELLED,
    /** The word's mapping went away under the waiter. Only with {@link FutexTable#mappingListener}. */
    UNMAPPED,
    /** The word could not be written when the lock of a dead owner was to be handed to the waiter. Linux: EFAULT. */
    FAULT,
    /**
     * The task owns the lock already, waiting for it would close a cycle of owners, or the owner is at the lower end of a chain of more
     * than 1024 waiting owners. Linux: EDEADLK.
     */
    DEADLOCK,
    /** The word names an owner that does not live. Linux: ESRCH. */
    NO_OWNER,
    /** The word names another task, or none: the caller has nothing to unlock. Linux: EPERM. */
    NOT_OWNER,
    /** The word names a kernel thread, or, for a private lock, a task of another address space. Linux: EPERM. */
    NOT_PERMITTED,
    /**
     * The word, or a waiter of another kind that is queued on it, contradicts the lock's waiters and their owner. Linux: EINVAL.
     */
    INCONSISTENT
}

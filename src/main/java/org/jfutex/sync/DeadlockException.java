package org.jfutex.sync;

/**
 * Thrown if a task would wait for itself: it already holds the mutex, or the mutex's owner waits, directly or through
 * other tasks, for a lock that this task holds. Also thrown if the chain of waiting tasks is longer than 1024. Linux:
 * EDEADLK.
 *
 * <p>The task does not wait, and it keeps its locks. To resolve the deadlock, unlock them and start again.
 */
public final class DeadlockException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    DeadlockException(String message) {
        super(message);
    }
}

package org.jfutex.sync;

/**
 * The task would wait for itself: it holds the mutex already, or the holder waits for a lock of this task, directly or
 * through others. Or the chain of those who wait for each other is longer than 1024. Linux: EDEADLK.
 *
 * <p>The task does not wait, and what it holds it still holds; to unlock that and begin anew is the way out.
 */
public final class DeadlockException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    DeadlockException(String message) {
        super(message);
    }
}

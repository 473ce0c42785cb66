package org.jfutex.sync;

/**
 * Thrown if an owner of the mutex has died and the next owner has unlocked it without {@link PiMutex#markConsistent}.
 * No task can lock the mutex again until its words are set to 0. Linux: ENOTRECOVERABLE.
 */
public final class NotRecoverableException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    NotRecoverableException(String message) {
        super(message);
    }
}

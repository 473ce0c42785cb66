package org.jfutex.sync;

/**
 * A holder of the mutex died, and the next one unlocked it without having {@linkplain PiMutex#markConsistent recovered}
 * what it protects. Nobody will ever hold it again, until its words are set to 0. Linux: ENOTRECOVERABLE.
 */
public final class NotRecoverableException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    NotRecoverableException(String message) {
        super(message);
    }
}

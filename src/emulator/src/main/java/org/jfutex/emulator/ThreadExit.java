package org.jfutex.emulator;

/** Leaves all that a guest thread does, because the thread ends. */
final class ThreadExit extends RuntimeException {

    private static final long serialVersionUID = 1L;

    static final ThreadExit INSTANCE = new ThreadExit();

    private ThreadExit() {
        super("the guest thread ends", null, false, false);
    }
}

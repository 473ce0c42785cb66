package org.jfutex.emulator;

/**
 * Leaves a system call, because a signal handler that ran during the call has left it by longjmp, or because the
 * program was replaced. The registers are those of what the guest does next.
 */
final class HandlerLeft extends RuntimeException {

    private static final long serialVersionUID = 1L;

    static final HandlerLeft INSTANCE = new HandlerLeft();

    private HandlerLeft() {
        super("a handler left its system call", null, false, false);
    }
}

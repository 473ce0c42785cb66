package org.jfutex.emulator;

/**
 * Leaves a system call, because a signal handler that ran during the call has left it by longjmp, or because the
 * program was replaced. The registers are those of what the guest does next.
 */
final class HandlerLeft extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** A handler was left by longjmp. The registers describe the guest's next system call. */
    static final HandlerLeft BY_JUMP = new HandlerLeft();

    /** The program was replaced. The registers are those of its first instruction. */
    static final HandlerLeft BY_EXEC = new HandlerLeft();

    private HandlerLeft() {
        super("a handler left its system call", null, false, false);
    }
}

package org.jfutex.emulator;

import org.jfutex.linux.SignalDisposition;

/**
 * What a process does on a signal: struct sigaction of RISC-V.
 *
 * @param handler the address of the handler, or 0 for the default, or 1 to ignore the signal
 * @param flags SA_ONSTACK and so on
 * @param mask the signals that are blocked while the handler runs
 */
record SignalAction(long handler, long flags, long mask) {

    static final SignalAction DEFAULT = new SignalAction(0, 0, 0);

    static final long SA_ONSTACK = 0x0800_0000L;
    private static final long SA_RESTART = 0x1000_0000L;
    private static final long SA_NODEFER = 0x4000_0000L;
    private static final long SA_RESETHAND = 0x8000_0000L;
    private static final long SA_NOCLDWAIT = 2;

    boolean isDefault() {
        return handler == 0;
    }

    boolean isIgnoring() {
        return handler == 1;
    }

    boolean isOneShot() {
        return (flags & SA_RESETHAND) != 0;
    }

    boolean reapsChildren() {
        return isIgnoring() || (flags & SA_NOCLDWAIT) != 0;
    }

    long maskFor(int signal) {
        return (flags & SA_NODEFER) != 0 ? mask : mask | SignalInfo.bit(signal);
    }

    SignalDisposition disposition() {
        return (flags & SA_RESTART) != 0 ? SignalDisposition.RESTARTING_HANDLER : SignalDisposition.HANDLER;
    }
}

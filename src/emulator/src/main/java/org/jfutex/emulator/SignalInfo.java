package org.jfutex.emulator;

/**
 * A signal that was sent: the part of siginfo_t that programs read.
 *
 * @param number 1 to 64
 * @param code the cause: SI_USER, SI_TKILL and so on
 * @param first the sender's process id, or the low half of the address of a fault
 * @param second the sender's user id, or the high half of that address
 * @param value the value that was sent with it; for SIGCHLD, the status
 */
record SignalInfo(int number, int code, int first, int second, long value) {

    static final int SIGILL = 4;
    static final int SIGTRAP = 5;
    static final int SIGBUS = 7;
    static final int SIGKILL = 9;
    static final int SIGSEGV = 11;
    static final int SIGPIPE = 13;
    static final int SIGALRM = 14;
    static final int SIGCHLD = 17;
    static final int SIGCONT = 18;
    static final int SIGSTOP = 19;
    static final int SIGTTOU = 22;
    static final int SIGURG = 23;
    static final int SIGWINCH = 28;

    static final int SI_USER = 0;
    static final int SI_KERNEL = 0x80;
    static final int SI_TKILL = -6;

    static SignalInfo fromKernel(int number) {
        return new SignalInfo(number, SI_KERNEL, 0, 0, 0);
    }

    static SignalInfo fault(int number, int code, long address) {
        return new SignalInfo(number, code, (int) address, (int) (address >> 32), 0);
    }

    static long bit(int number) {
        return 1L << (number - 1);
    }

    long bit() {
        return bit(number);
    }

    /** Returns whether the signal is ignored if no action is set. */
    static boolean isIgnoredByDefault(int number) {
        return number == SIGCHLD || number == SIGCONT || number == SIGURG || number == SIGWINCH;
    }

    /** Returns whether the signal stops the process if no action is set. */
    static boolean stopsByDefault(int number) {
        return number >= SIGSTOP && number <= SIGTTOU;
    }
}

package org.jfutex.emulator;

/** Ends a system call with an errno. */
final class SystemCallException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    final int errno;

    SystemCallException(int errno) {
        super("errno " + errno, null, false, false);
        this.errno = errno;
    }
}

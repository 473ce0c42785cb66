package org.jfutex.emulator;

/** The error numbers that futex calls do not return; {@link org.jfutex.linux.Errno} has the others. */
final class SystemErrno {

    static final int ENOENT = 2;
    static final int EIO = 5;
    static final int ENOEXEC = 8;
    static final int ECHILD = 10;
    static final int EACCES = 13;
    static final int EEXIST = 17;
    static final int ENODEV = 19;
    static final int ENOTTY = 25;
    static final int ESPIPE = 29;
    static final int EPIPE = 32;
    static final int ERANGE = 34;

    private SystemErrno() {}
}

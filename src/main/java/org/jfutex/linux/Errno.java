package org.jfutex.linux;

/**
 * The Linux error numbers that a futex call can return.
 *
 * <p>Calls return what the raw ABI returns: a value that is not negative, or a negated error number. The numbers are
 * those of asm-generic. MIPS, SPARC, Alpha and PA-RISC have other numbers above 34.
 */
public final class Errno {

    /** Operation not permitted. */
    public static final int EPERM = 1;
    /** No such process. */
    public static final int ESRCH = 3;
    /** Interrupted system call. */
    public static final int EINTR = 4;
    /** Bad file descriptor. */
    public static final int EBADF = 9;
    /** Resource temporarily unavailable; equal to EWOULDBLOCK. */
    public static final int EAGAIN = 11;
    /** Cannot allocate memory. */
    public static final int ENOMEM = 12;
    /** Bad address. */
    public static final int EFAULT = 14;
    /** Invalid argument. */
    public static final int EINVAL = 22;
    /** Too many open files in system. */
    public static final int ENFILE = 23;
    /** Too many open files. */
    public static final int EMFILE = 24;
    /** Resource deadlock avoided. */
    public static final int EDEADLK = 35;
    /** Function not implemented. */
    public static final int ENOSYS = 38;
    /** Connection timed out: the result of a futex call whose deadline has passed. */
    public static final int ETIMEDOUT = 110;
    /** Owner died: no futex call returns it, but libraries report it to their callers. */
    public static final int EOWNERDEAD = 130;

    private Errno() {}

    /**
     * Returns the name of an error number.
     *
     * @param errno the number, positive, or negative as the result of a call
     * @return for example {@code EAGAIN}, or {@code errno 7} for a number that this class does not list
     */
    public static String name(int errno) {
        return switch (Math.abs(errno)) {
            case EPERM -> "EPERM";
            case ESRCH -> "ESRCH";
            case EINTR -> "EINTR";
            case EBADF -> "EBADF";
            case EAGAIN -> "EAGAIN";
            case ENOMEM -> "ENOMEM";
            case EFAULT -> "EFAULT";
            case EINVAL -> "EINVAL";
            case ENFILE -> "ENFILE";
            case EMFILE -> "EMFILE";
            case EDEADLK -> "EDEADLK";
            case ENOSYS -> "ENOSYS";
            case ETIMEDOUT -> "ETIMEDOUT";
            case EOWNERDEAD -> "EOWNERDEAD";
            default -> "errno " + Math.abs(errno);
        };
    }

    /**
     * Returns the meaning of an error number.
     *
     * @param errno the number, positive, or negative as the result of a call
     * @return for example {@code Resource temporarily unavailable}, or the {@link #name} of a number that this class
     *     does not list
     */
    public static String message(int errno) {
        return switch (Math.abs(errno)) {
            case EPERM -> "Operation not permitted";
            case ESRCH -> "No such process";
            case EINTR -> "Interrupted system call";
            case EBADF -> "Bad file descriptor";
            case EAGAIN -> "Resource temporarily unavailable";
            case ENOMEM -> "Cannot allocate memory";
            case EFAULT -> "Bad address";
            case EINVAL -> "Invalid argument";
            case ENFILE -> "Too many open files in system";
            case EMFILE -> "Too many open files";
            case EDEADLK -> "Resource deadlock avoided";
            case ENOSYS -> "Function not implemented";
            case ETIMEDOUT -> "Connection timed out";
            case EOWNERDEAD -> "Owner died";
            default -> name(errno);
        };
    }
}

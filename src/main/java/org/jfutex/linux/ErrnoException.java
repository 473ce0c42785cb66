package org.jfutex.linux;

import org.jfutex.MixedWaitersException;
import org.jfutex.TooManyWaitersException;
import org.jfutex.key.MemoryFaultException;

/** Ends a call with an errno. It is an ordinary result of a call, so it has no stack trace. */
final class ErrnoException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int errno;

    ErrnoException(int errno) {
        super(Errno.name(errno), null, false, false);
        this.errno = errno;
    }

    static void unless(boolean condition, int errno) {
        if (!condition) {
            throw new ErrnoException(errno);
        }
    }

    /**
     * Returns the result of a call that threw an exception. An exception that stands for no errno is thrown again.
     *
     * @param taskIsAlive whether the task that made the call is alive now
     */
    static long result(boolean taskIsAlive, RuntimeException e) {
        if (e instanceof ErrnoException refusal) {
            return -refusal.errno;
        }
        if (e instanceof MemoryFaultException) {
            return -Errno.EFAULT;
        }
        if (e instanceof TooManyWaitersException) {
            return -Errno.ENOMEM;
        }
        if (e instanceof MixedWaitersException) {
            return -Errno.EINVAL;
        }
        if (e instanceof IllegalStateException && !taskIsAlive) {
            return -Errno.EINTR; // the task was ended during the call
        }
        throw e;
    }
}

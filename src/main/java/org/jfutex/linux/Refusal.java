package org.jfutex.linux;

import org.jfutex.MixedWaitersException;
import org.jfutex.TooManyWaitersException;
import org.jfutex.key.MemoryFaultException;

/** A call's answer that is an error, on its way out. It has no stack trace; it is as ordinary as a return. */
final class Refusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int errno;

    Refusal(int errno) {
        super(Errno.name(errno), null, false, false);
        this.errno = errno;
    }

    static void unless(boolean condition, int errno) {
        if (!condition) {
            throw new Refusal(errno);
        }
    }

    /** The result of a call that ended in an exception. What is no errno is thrown again. */
    static long result(Task task, RuntimeException e) {
        if (e instanceof Refusal refusal) {
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
        if (e instanceof IllegalStateException && !task.isAlive()) {
            return -Errno.EINTR; // it was killed in the middle
        }
        throw e;
    }
}

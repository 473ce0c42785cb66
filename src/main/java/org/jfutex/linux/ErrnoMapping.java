package org.jfutex.linux;

import org.jfutex.PiResult;
import org.jfutex.WaitResult;

/** Maps the table's named results to the results of Linux. */
final class ErrnoMapping {

    private ErrnoMapping() {}

    static boolean isCancelled(Object result) {
        return result == WaitResult.CANCELLED || result == PiResult.CANCELLED;
    }

    static long of(WaitResult result) {
        return switch (result) {
            case WOKEN -> 0;
            case VALUE_DIFFERS -> -Errno.EAGAIN;
            case TIMED_OUT -> -Errno.ETIMEDOUT;
            case CANCELLED -> -Errno.EINTR;
            case UNMAPPED -> -Errno.EFAULT;
        };
    }

    static long of(PiResult result) {
        return switch (result) {
            case LOCKED, UNLOCKED, REQUEUED -> 0;
            case WOULD_BLOCK, VALUE_DIFFERS -> -Errno.EAGAIN;
            case TIMED_OUT -> -Errno.ETIMEDOUT;
            case CANCELLED -> -Errno.EINTR;
            case UNMAPPED, FAULT -> -Errno.EFAULT;
            case DEADLOCK -> -Errno.EDEADLK;
            case NO_OWNER -> -Errno.ESRCH;
            case NOT_OWNER, NOT_PERMITTED -> -Errno.EPERM;
            case INCONSISTENT -> -Errno.EINVAL;
        };
    }
}

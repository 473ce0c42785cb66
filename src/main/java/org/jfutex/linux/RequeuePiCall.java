package org.jfutex.linux;

import java.util.function.Supplier;
import org.jfutex.PendingWait;
import org.jfutex.PiResult;
import org.jfutex.PiWait;
import org.jspecify.annotations.Nullable;

/**
 * A sleeping WAIT_REQUEUE_PI call. A signal ends it only after the requeue, when it waits for the lock, with EAGAIN.
 */
final class RequeuePiCall extends PiCall {

    private final FutexSyscall.Args args;
    private @Nullable PiWait last; // under the call's lock

    RequeuePiCall(CallSettings kernel, TimeLimit limit, Supplier<TimeLimit> limitOfRestart, FutexSyscall.Args args) {
        super(kernel, args.task(), limit, limitOfRestart, args.uaddr2(), args.scope());
        this.args = args;
    }

    @Override
    PendingWait<PiResult> queue() {
        PiWait wait;
        try {
            wait = task().pi().prepareWaitRequeue(args.uaddr(), args.val(), args.uaddr2(), args.scope());
        } catch (IllegalArgumentException alias) {
            throw new ErrnoException(Errno.EINVAL); // two addresses of one word, the only remaining refusal
        }
        last = wait;
        return wait;
    }

    @Override
    boolean restarts(SignalDisposition found) {
        PiWait wait = last;
        return wait == null || !wait.wasMoved();
    }

    @Override
    int errnoOfSignal() {
        return Errno.EAGAIN;
    }
}

package org.jfutex.linux;

import java.util.function.Supplier;
import org.jfutex.PendingWait;
import org.jfutex.PiResult;
import org.jfutex.PiWait;
import org.jspecify.annotations.Nullable;

/** A wait on a word for a lock: WAIT_REQUEUE_PI. A signal ends it only once it waits for the lock, and with EAGAIN. */
final class RequeuePiCall extends SleepingCall<PiResult> {

    private final Legacy.Args args;
    private @Nullable PiWait last; // under the call's lock

    RequeuePiCall(Kernel kernel, TimeLimit limit, Supplier<TimeLimit> limitOfRestart, Legacy.Args args) {
        super(kernel, args.task(), limit, limitOfRestart);
        this.args = args;
    }

    @Override
    PendingWait<PiResult> queue() {
        PiWait wait;
        try {
            wait = task().pi().prepareWaitRequeue(args.uaddr(), args.val(), args.uaddr2(), args.scope());
        } catch (IllegalArgumentException alias) {
            throw new Refusal(Errno.EINVAL); // nothing else is left to refuse: two addresses of one word
        }
        last = wait;
        return wait;
    }

    @Override
    long outcome(PendingWait<PiResult> wait, PiResult how) {
        return Results.of(how);
    }

    @Override
    void giveBack(PendingWait<PiResult> wait) {
        if (wait.poll() == PiResult.LOCKED) {
            task().pi().unlock(args.uaddr2(), args.scope());
        }
    }

    @Override
    boolean inherits() {
        return true;
    }

    @Override
    boolean restarts(SignalAction found) {
        PiWait wait = last;
        return wait == null || !wait.wasMoved();
    }

    @Override
    int errnoOfSignal() {
        return Errno.EAGAIN;
    }
}

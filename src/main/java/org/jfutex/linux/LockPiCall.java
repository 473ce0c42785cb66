package org.jfutex.linux;

import java.util.function.Supplier;
import org.jfutex.PendingWait;
import org.jfutex.PiResult;
import org.jfutex.Scope;

/** A sleeping LOCK_PI or LOCK_PI2 call. No signal ends it. */
final class LockPiCall extends SleepingCall<PiResult> {

    private final long address;
    private final Scope scope;

    LockPiCall(
            CallSettings kernel,
            Task task,
            TimeLimit limit,
            Supplier<TimeLimit> limitOfRestart,
            long address,
            Scope scope) {
        super(kernel, task, limit, limitOfRestart);
        this.address = address;
        this.scope = scope;
    }

    @Override
    PendingWait<PiResult> queue() {
        return task().pi().prepareLock(address, scope);
    }

    @Override
    long outcome(PendingWait<PiResult> wait, PiResult how) {
        return ErrnoMapping.of(how);
    }

    @Override
    void giveBack(PendingWait<PiResult> wait) {
        if (wait.poll() == PiResult.LOCKED) {
            task().pi().unlock(address, scope);
        }
    }

    @Override
    boolean inherits() {
        return true;
    }

    @Override
    boolean restarts(SignalDisposition found) {
        return true;
    }
}

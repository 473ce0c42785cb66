package org.jfutex.linux;

import java.util.function.Supplier;
import org.jfutex.PendingWait;
import org.jfutex.PiResult;
import org.jfutex.Scope;

/** A sleeping LOCK_PI or LOCK_PI2 call. No signal ends it. */
final class LockPiCall extends PiCall {

    LockPiCall(
            CallSettings kernel,
            Task task,
            TimeLimit limit,
            Supplier<TimeLimit> limitOfRestart,
            long address,
            Scope scope) {
        super(kernel, task, limit, limitOfRestart, address, scope);
    }

    @Override
    PendingWait<PiResult> queue() {
        AddressChecks.makeResident(task().memory(), scope, lock);
        return task().pi().prepareLock(lock, scope);
    }

    @Override
    boolean restarts(SignalDisposition found) {
        return true;
    }
}

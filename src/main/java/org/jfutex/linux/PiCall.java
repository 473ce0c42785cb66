package org.jfutex.linux;

import java.util.function.Supplier;
import org.jfutex.PendingWait;
import org.jfutex.PiResult;
import org.jfutex.Scope;

/** A sleeping call that can acquire a priority-inheritance lock. */
abstract class PiCall extends SleepingCall<PiResult> {

    /** The address and the scope of the lock. */
    final long lock;

    final Scope scope;

    PiCall(
            CallSettings kernel,
            Task task,
            TimeLimit limit,
            Supplier<TimeLimit> limitOfRestart,
            long lock,
            Scope scope) {
        super(kernel, task, limit, limitOfRestart);
        this.lock = lock;
        this.scope = scope;
    }

    @Override
    final long outcome(PendingWait<PiResult> wait, PiResult how) {
        return ErrnoMapping.of(how);
    }

    @Override
    final void giveBack(PendingWait<PiResult> wait) {
        if (wait.poll() == PiResult.LOCKED) {
            task().pi().unlock(lock, scope);
        }
    }

    @Override
    final boolean inherits() {
        return true;
    }
}

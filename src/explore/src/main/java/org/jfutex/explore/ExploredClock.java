package org.jfutex.explore;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.locks.LockSupport;
import org.jfutex.PendingWait;
import org.jfutex.time.ClockId;
import org.jfutex.time.FutexClock;

/** A clock whose both times move only when the explorer lets a deadline pass. Its sleepers are guests. */
final class ExploredClock implements FutexClock {

    private final Execution execution;

    /** The time in nanoseconds. Guarded by the baton, as everything of an execution. */
    long now;

    ExploredClock(Execution execution) {
        this.execution = execution;
    }

    @Override
    public long nanos(ClockId clockId) {
        requireNonNull(clockId, "clockId");
        Actor reader = execution.running();
        if (reader != null) {
            reader.observe(now);
        }
        return now;
    }

    @Override
    public void park(Object blocker) {
        park(blocker, Long.MAX_VALUE);
    }

    @Override
    public void park(Object blocker, ClockId clockId, long before, long deadline) {
        requireNonNull(clockId, "clockId");
        park(blocker, deadline);
    }

    private void park(Object blocker, long deadline) {
        if (execution.running() instanceof ThreadActor sleeper && blocker instanceof PendingWait<?> wait) {
            sleeper.park(wait, deadline);
        } else {
            LockSupport.park(blocker); // a thread that the explorer does not control
        }
    }
}

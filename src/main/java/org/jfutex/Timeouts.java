package org.jfutex;

import java.util.concurrent.locks.LockSupport;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;
import org.jfutex.time.FutexClock;

/**
 * Sleeps until deadlines, and schedules tasks for them. Every deadline here is a result of {@link Deadline#started}, so
 * it is not relative.
 */
final class Timeouts {

    /** How long before its end a precise wait stops sleeping. Most systems wake a thread in less time. */
    private static final long LEAD = 200_000;

    private Timeouts() {}

    /** Reads the time that {@link #hasPassed} and {@link #park} take. The clock may consume the thread's permit. */
    static long now(Deadline deadline, FutexClock clock) {
        ClockId clockId = deadline.clockId();
        return clockId == null || deadline.nanos() == Long.MIN_VALUE ? Long.MIN_VALUE : clock.nanos(clockId);
    }

    /** Returns whether a deadline has passed at that time. */
    static boolean hasPassed(Deadline deadline, long now) {
        return deadline.clockId() != null && now >= deadline.nanos();
    }

    /**
     * Parks the current thread until a deadline at the latest, which has not passed.
     *
     * <p>Between {@link #now} and this call the caller checks its wait again: see {@link FutexClock#park}.
     */
    static void park(Deadline deadline, FutexClock clock, Object blocker, long now) {
        ClockId clockId = deadline.clockId();
        long nanos = deadline.nanos();
        if (clockId == null) {
            LockSupport.park(blocker);
        } else if (!deadline.isPrecise() || clock != FutexClock.system()) {
            clock.park(blocker, clockId, now, nanos);
        } else if (now < nanos - LEAD) {
            clock.park(blocker, clockId, now, nanos - LEAD);
        } else {
            Thread.onSpinWait();
        }
    }

    /**
     * Runs a task when a deadline has passed.
     *
     * @return an action that cancels the task
     */
    static Runnable schedule(Deadline deadline, FutexClock clock, Runnable task) {
        ClockId clockId = deadline.clockId();
        if (clockId == null) {
            return () -> {};
        }
        if (deadline.nanos() == Long.MIN_VALUE) {
            task.run();
            return () -> {};
        }
        return clock.schedule(clockId, deadline.nanos(), task);
    }
}

package org.jfutex;

/**
 * Where a table gets its time from, and how it sleeps until then.
 *
 * <p>{@link #system} is the real one. A consumer's tests use {@link VirtualClock}, whose time moves only when told.
 */
public interface FutexClock {

    /**
     * The time.
     *
     * @param timeline which clock
     * @return its nanoseconds
     */
    long nanos(Timeline timeline);

    /**
     * Parks the calling thread until the deadline, or until it is unparked or interrupted, or for no reason at all.
     *
     * <p>It may always return early; the caller looks at the clock again. It must not sleep past the deadline if the clock
     * has moved since {@code now} was read.
     *
     * @param blocker what {@link java.util.concurrent.locks.LockSupport#getBlocker} shall name
     * @param timeline the clock that the caller watches
     * @param now what that clock said when the caller found the deadline in the future
     * @param deadline a later point of that clock
     */
    void park(Object blocker, Timeline timeline, long now, long deadline);

    /**
     * Runs a task at a point of a clock, for waits on which no thread sleeps.
     *
     * <p>The task runs once the clock has reached the deadline, also if it is set there or beyond; on a thread of its own choice, so the task
     * must not block. After a cancel nothing of the task is kept. This implementation suits clocks whose time passes as the system's does; it looks four times a second,
     * once for all tasks, whether somebody has set the realtime clock.
     *
     * @param timeline the clock
     * @param deadline the point
     * @param task what to run, once at the most
     * @return cancels the task, unless it runs already; may be run more than once
     */
    default Runnable schedule(Timeline timeline, long deadline, Runnable task) {
        return Alarms.set(this, timeline, deadline, task);
    }

    /**
     * The clocks of the system: {@link System#nanoTime} and {@link java.time.Instant#now}.
     *
     * @return the clock
     */
    static FutexClock system() {
        return SystemClock.INSTANCE;
    }
}

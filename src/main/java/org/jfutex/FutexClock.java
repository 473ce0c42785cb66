package org.jfutex;

/**
 * Where a table gets its time from, and how it sleeps until then.
 *
 * <p>{@link #system} is the real one. A consumer's tests use {@link VirtualClock}, whose time moves only when told.
 */
public interface FutexClock {

    /**
     * The time. Called by threads that wait, by those that begin a wait, and by timers. It may block, though every wait
     * ends so much later.
     *
     * @param timeline which clock
     * @return its nanoseconds
     */
    long nanos(ClockId timeline);

    /**
     * Parks the calling thread until the deadline, or until it is unparked or interrupted, or for no reason at all.
     *
     * <p>It may always return early; the caller reads the clock again. It must not sleep past the deadline if the clock
     * has moved since {@code now} was read.
     *
     * <p>The wake that the caller waits for is an {@linkplain java.util.concurrent.locks.LockSupport#unpark unpark},
     * which may come at any moment of this call and
     * comes once. If this method parks for another reason first, it consumes that unpark, and a thread that then parked
     * until the deadline would sleep through
     * the wake. Other reasons are a contended lock of {@code java.util.concurrent}, a blocking queue, a future, a
     * logger. So a call that has done anything which
     * may have parked returns without sleeping. The caller then checks its wait and calls again, and the call after
     * that finds done what took the lock. A
     * clock whose every call returns so keeps a processor busy, which is a fault of the clock. Monitors ({@code
     * synchronized}), atomic
     * variables and {@code tryLock} do not park.
     *
     * @param blocker what {@link java.util.concurrent.locks.LockSupport#getBlocker} shall name
     * @param timeline the clock that the caller watches
     * @param now what that clock said when the caller found the deadline in the future
     * @param deadline a later point of that clock
     */
    void park(Object blocker, ClockId timeline, long now, long deadline);

    /**
     * Runs a task at a point of a clock, for waits on which no thread sleeps.
     *
     * <p>The task runs once the clock has reached the deadline, also if it is set there or beyond; on a thread of its own choice, so the task
     * must not block. After a cancel nothing of the task is kept. This implementation suits clocks whose time passes as
     * the system's does; it checks four times a
     * second, once for all tasks of a clock object, whether the realtime clock has been set. If {@link #nanos} throws
     * then, it is called again after 250
     * milliseconds, and after longer and longer pauses of up to 8 seconds while it goes on throwing. Of these failures
     * the first, second, fourth, eighth and so on are
     * passed to the timer thread's uncaught exception handler.
     *
     * @param timeline the clock
     * @param deadline the point
     * @param task what to run, once at the most
     * @return cancels the task, unless it runs already; may be run more than once
     */
    default Runnable schedule(ClockId timeline, long deadline, Runnable task) {
        return Timers.set(this, timeline, deadline, task);
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

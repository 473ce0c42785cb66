package org.jfutex.time;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.locks.LockSupport;

/**
 * A source of time for a table, and a way to sleep until a deadline.
 *
 * <p>{@link #system} returns the real one. Tests can use {@link VirtualClock}, whose time changes only on command.
 *
 * <p>An emulator passes the clock that its guest sees. The monotonic clock of {@link #system} is {@link
 * System#nanoTime}, which starts at an arbitrary value and can be negative. If the guest's clock_gettime shows another
 * time, such as the time since its boot, then the table needs a clock with that time. It can forward to the system's
 * clock and subtract the time of the boot. The page {@code emulators.md} has such a clock.
 */
public interface FutexClock {

    /**
     * Returns the time. Waiting threads, threads that begin a wait, and timers call this method. It may block, but then
     * every wait ends that much later.
     *
     * @param clockId the clock
     * @return the nanoseconds of that clock
     */
    long nanos(ClockId clockId);

    /**
     * Parks the calling thread until the deadline, or until it is unparked or interrupted, or for no reason.
     *
     * <p>This method may always return early; the caller then reads the clock again. It must not sleep past the
     * deadline if the clock has moved since {@code now} was read.
     *
     * <p>The wake that the caller waits for is an {@linkplain java.util.concurrent.locks.LockSupport#unpark unpark}. It
     * may come at any moment of this call, and comes once. If this method parks for another reason first, it consumes
     * that unpark, and a thread that then parked until the deadline would sleep through the wake. Other reasons are a
     * contended lock of {@code java.util.concurrent}, a blocking queue, a future, a logger. Therefore a call that may
     * have parked for such a reason returns without sleeping. The caller then checks its wait and calls again, and the
     * second call no longer needs the lock. If every call of a clock returns early, the thread keeps a processor busy,
     * which is a fault of the clock. Monitors ({@code synchronized}), atomic variables and {@code tryLock} do not park.
     *
     * @param blocker the object that {@link java.util.concurrent.locks.LockSupport#getBlocker} returns during the sleep
     * @param clockId the clock of the deadline
     * @param now the time of that clock when the caller found the deadline in the future
     * @param deadline a later time of that clock
     */
    void park(Object blocker, ClockId clockId, long now, long deadline);

    /**
     * Parks the calling thread until it is unparked or interrupted, or for no reason: the sleep of a wait without a
     * deadline.
     *
     * <p>This implementation calls {@link java.util.concurrent.locks.LockSupport#park(Object)}. A scheduler of tests
     * can override it, to run another thread instead. The rules of the other method apply: a call that may have parked
     * for another reason returns without sleeping, and the caller checks its wait and calls again.
     *
     * @param blocker the wait, which {@link java.util.concurrent.locks.LockSupport#getBlocker} returns during the sleep
     */
    default void park(Object blocker) {
        LockSupport.park(requireNonNull(blocker, "blocker"));
    }

    /**
     * Runs a task at a time of a clock, for waits on which no thread sleeps.
     *
     * <p>The task runs once the clock has reached the deadline, including when the clock is set to that time or a later
     * one. It runs on a thread that this clock chooses, so the task must not block. Callbacks of waits that
     * the task ends are called on that thread, except by this implementation: see {@link
     * org.jfutex.FutexTableBuilder#callbackExecutor}. After a cancel no reference to the task is kept.
     *
     * <p>This implementation suits clocks whose time passes as the system's does. Four times a second, once
     * for all tasks of a clock object, it checks whether the realtime clock has been set. If {@link #nanos} throws in
     * that check, it is called again after 250 milliseconds, then after longer and longer pauses of up to 8 seconds
     * while it keeps throwing. Of these failures the first, second, fourth, eighth and so on are passed to the timer
     * thread's uncaught exception handler.
     *
     * @param clockId the clock
     * @param deadline the time
     * @param task the task, run at most once
     * @return an action that cancels the task if it does not run already; it may be run more than once
     */
    default Runnable schedule(ClockId clockId, long deadline, Runnable task) {
        return Timers.set(this, clockId, deadline, task);
    }

    /**
     * Loads the classes that {@link #park} and {@link #schedule} need. Otherwise the first sleep would load them, and
     * the locks of class loading could consume the permit of a wake.
     *
     * <p>This library calls this method of {@link #system} when it builds its first table. This implementation does
     * nothing. This method may be called more than once.
     */
    default void prepare() {}

    /**
     * Returns the clocks of the system: {@link System#nanoTime} and {@link java.time.Instant#now}.
     *
     * @return the clock
     */
    static FutexClock system() {
        return SystemClock.INSTANCE;
    }
}

package org.jfutex.time;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks at times of a clock whose time passes as the system's does. One daemon thread runs all of them, and ends
 * when there are none.
 */
final class Timers {

    /** The first pause before an alarm reads a clock again that has failed. */
    private static final long AGAIN = TimeUnit.MILLISECONDS.toNanos(250);

    static final ScheduledThreadPoolExecutor THREAD = thread();

    private Timers() {}

    private static ScheduledThreadPoolExecutor thread() {
        ScheduledThreadPoolExecutor pool = new ScheduledThreadPoolExecutor(1, DaemonThreads.Factory.TIMERS);
        pool.setRemoveOnCancelPolicy(true); // no reference to an ended wait is kept until its deadline
        pool.setKeepAliveTime(10, TimeUnit.SECONDS);
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** Loads what {@link #schedule} needs; takes any task, and does not run it. */
    static void prepare(Runnable task) {
        DaemonThreads.Factory.TIMERS.prepare(task);
    }

    /** Returns the number of tasks that have not run yet. */
    static int pending() {
        return THREAD.getQueue().size();
    }

    static Runnable set(FutexClock clock, ClockId clockId, long deadline, Runnable task) {
        return new Alarm(clock, clockId, deadline, task).set();
    }

    /** Runs a task after a delay, unless it is cancelled. */
    static ScheduledFuture<?> schedule(Runnable task, long nanos) {
        THREAD.prestartCoreThread(); // otherwise a task would be queued even if no thread can be created
        return THREAD.schedule(task, nanos, TimeUnit.NANOSECONDS);
    }

    /** Runs a task after a delay, for a caller that must not fail: if memory runs out, it retries. */
    static ScheduledFuture<?> scheduleRetryingOnOom(Runnable task, long nanos) {
        while (true) {
            try {
                return schedule(task, nanos);
            } catch (OutOfMemoryError e) {
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    /**
     * A task and its deadline. It runs after the delay, and when the clock was set, on one thread; it then checks
     * whether the deadline has passed.
     */
    private static final class Alarm extends ClockChangeNotifier.Listener implements Runnable {

        private final FutexClock clock;
        private final ClockId clockId;
        private final long deadline;
        private final Runnable task;

        private final @Nullable ClockChangeNotifier steps; // null for a clock that is never set

        private boolean over; // run or cancelled; under "this"
        private @Nullable ScheduledFuture<?> next; // under "this"
        private final Backoff backoff = new Backoff(AGAIN); // under "this"

        Alarm(FutexClock clock, ClockId clockId, long deadline, Runnable task) {
            this.clock = clock;
            this.clockId = clockId;
            this.deadline = deadline;
            this.task = task;
            this.steps = clockId == ClockId.REALTIME ? ClockChangeNotifier.of(clock) : null;
        }

        Runnable set() {
            Runnable cancel = this::end; // before the alarm is set, since this may run out of memory
            boolean set = false;
            try {
                if (steps != null) {
                    steps.add(this);
                }
                sleep();
                set = true;
            } finally {
                if (!set) {
                    end();
                }
            }
            return cancel;
        }

        private synchronized void sleep() {
            if (!over) {
                long now = clock.nanos(clockId);
                long nanos = deadline > now ? deadline - now : 0;
                if (nanos < 0) {
                    nanos = Long.MAX_VALUE; // the difference does not fit a long
                }
                replaceNext(schedule(this, nanos));
                backoff.succeeded();
            }
        }

        private void replaceNext(@Nullable ScheduledFuture<?> other) {
            if (next != null) {
                next.cancel(false);
            }
            next = other;
        }

        /** Ends this alarm; returns whether it had not ended before. */
        private synchronized boolean end() {
            boolean ended = !over;
            over = true;
            replaceNext(null);
            if (steps != null) {
                steps.remove(this);
            }
            return ended;
        }

        @Override
        void clockWasSet() {
            run();
        }

        @Override
        public void run() {
            boolean time = false;
            try {
                time = clock.nanos(clockId) >= deadline;
                if (!time) {
                    sleep();
                }
            } catch (Throwable e) { // the clock failed, or memory ran out
                readAgain(e);
            }
            if (time && end()) {
                task.run();
            }
        }

        private synchronized void readAgain(Throwable failure) {
            if (!over) {
                replaceNext(scheduleRetryingOnOom(this, backoff.failed(failure)));
            }
        }
    }
}

package org.jfutex;

import java.lang.invoke.MethodHandles;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
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

    /** The thread that keeps the time. It must not block, so it calls no callbacks: see {@link Callback}. */
    static final class TimerThread extends Thread {

        TimerThread(ThreadGroup group, Runnable task) {
            super(group, task, "futex deadlines", 0, false);
        }
    }

    private Timers() {}

    private static ScheduledThreadPoolExecutor thread() {
        ScheduledThreadPoolExecutor pool = new ScheduledThreadPoolExecutor(1, new DaemonThreads(true));
        pool.setRemoveOnCancelPolicy(true); // no reference to an ended wait is kept until its deadline
        pool.setKeepAliveTime(10, TimeUnit.SECONDS);
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /**
     * Creates a thread that inherits nothing from the thread that needs it first: neither its group, nor its
     * priority, nor on JDK 17 the class loaders of all its callers.
     */
    static final class DaemonThreads implements ThreadFactory {

        private final boolean timer;

        /** Makes threads that keep the time, or others that call callbacks. */
        DaemonThreads(boolean timer) {
            this.timer = timer;
        }

        @SuppressWarnings("removal") // there is no substitute; a later JDK only runs the action
        @Override
        public Thread newThread(Runnable task) {
            return AccessController.doPrivileged(new NewThread(task, timer));
        }
    }

    private record NewThread(Runnable task, boolean timer) implements PrivilegedAction<Thread> {

        @SuppressWarnings("ThreadPriorityCheck") // so that it is not the first caller's
        @Override
        public Thread run() {
            ThreadGroup group = topGroup();
            Thread t = timer ? new TimerThread(group, task) : new Thread(group, task, "futex callbacks", 0, false);
            t.setContextClassLoader(ClassLoader.getSystemClassLoader());
            t.setPriority(Thread.NORM_PRIORITY);
            t.setDaemon(true);
            return t;
        }
    }

    /** Loads what {@link #schedule} needs; takes any task, and does not run it. */
    static void prepare(Runnable task) {
        new NewThread(task, true);
        try {
            MethodHandles.lookup().ensureInitialized(TimerThread.class);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    private static ThreadGroup topGroup() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        for (ThreadGroup parent = group.getParent(); parent != null; parent = group.getParent()) {
            group = parent;
        }
        return group;
    }

    /** Returns the number of tasks that have not run yet. */
    static int pending() {
        return THREAD.getQueue().size();
    }

    static Runnable set(FutexClock clock, ClockId timeline, long deadline, Runnable task) {
        return new Alarm(clock, timeline, deadline, task).set();
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
        private final ClockId timeline;
        private final long deadline;
        private final Runnable task;

        private final @Nullable ClockChangeNotifier steps; // null for a clock that is never set

        private boolean over; // run or cancelled; under "this"
        private @Nullable ScheduledFuture<?> next; // under "this"
        private final Backoff backoff = new Backoff(AGAIN); // under "this"

        Alarm(FutexClock clock, ClockId timeline, long deadline, Runnable task) {
            this.clock = clock;
            this.timeline = timeline;
            this.deadline = deadline;
            this.task = task;
            this.steps = timeline == ClockId.REALTIME ? ClockChangeNotifier.of(clock) : null;
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
                long now = clock.nanos(timeline);
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
                time = clock.nanos(timeline) >= deadline;
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

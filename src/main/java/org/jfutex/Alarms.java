package org.jfutex;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Runs tasks at points of a clock whose time passes as the system's does. One daemon thread serves all, while there is anything to serve. */
final class Alarms {

    /** Somebody may set the realtime clock, so its alarms look up this often. */
    private static final long REALTIME_SLICE = TimeUnit.MILLISECONDS.toNanos(250);

    private static final ScheduledThreadPoolExecutor THREAD = thread();

    private Alarms() {}

    private static ScheduledThreadPoolExecutor thread() {
        ScheduledThreadPoolExecutor pool = new ScheduledThreadPoolExecutor(1, task -> {
            Thread t = new Thread(task, "futex deadlines");
            t.setDaemon(true);
            return t;
        });
        pool.setRemoveOnCancelPolicy(true); // an ended wait is not kept until its deadline
        pool.setKeepAliveTime(10, TimeUnit.SECONDS);
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** How many have not rung yet. */
    static int pending() {
        return THREAD.getQueue().size();
    }

    static Runnable set(FutexClock clock, Timeline timeline, long deadline, Runnable task) {
        return new Alarm(clock, timeline, deadline, task).set();
    }

    private static final class Alarm implements Runnable {

        private final FutexClock clock;
        private final Timeline timeline;
        private final long deadline;
        private final Runnable task;

        private boolean cancelled; // under "this"

        @SuppressWarnings("NullAway.Init") // by set()
        private ScheduledFuture<?> next; // under "this"

        Alarm(FutexClock clock, Timeline timeline, long deadline, Runnable task) {
            this.clock = clock;
            this.timeline = timeline;
            this.deadline = deadline;
            this.task = task;
        }

        synchronized Runnable set() {
            if (!cancelled) {
                long now = clock.nanos(timeline);
                long nanos = deadline > now ? deadline - now : 0;
                if (nanos < 0) {
                    nanos = Long.MAX_VALUE; // further away than a long can say
                }
                next = THREAD.schedule(
                        this,
                        timeline == Timeline.REALTIME ? Math.min(nanos, REALTIME_SLICE) : nanos,
                        TimeUnit.NANOSECONDS);
            }
            return this::cancel;
        }

        private synchronized void cancel() {
            cancelled = true;
            next.cancel(false);
        }

        @Override
        public void run() {
            boolean over = false;
            try {
                over = clock.nanos(timeline) >= deadline;
                if (!over) {
                    set();
                }
            } catch (Throwable e) { // the clock's, or there is no memory
                PendingWait.uncaught(e);
                setLater();
            }
            if (over) {
                task.run();
            }
        }

        private synchronized void setLater() {
            for (boolean set = cancelled; !set; ) {
                try {
                    next = THREAD.schedule(this, REALTIME_SLICE, TimeUnit.NANOSECONDS);
                    set = true;
                } catch (OutOfMemoryError e) {
                    LockSupport.parkNanos(1_000_000);
                }
            }
        }
    }
}

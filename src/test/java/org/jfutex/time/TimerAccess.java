package org.jfutex.time;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Access to the timers of the library for tests in other packages. */
public final class TimerAccess {

    private TimerAccess() {}

    /** Runs a task on the timer thread after a delay in nanoseconds. */
    public static Future<?> schedule(Runnable task, long nanos) {
        return Timers.schedule(task, nanos);
    }

    /** Returns when all tasks have run that were due before this call. */
    public static void awaitDueTasks() throws Exception {
        schedule(() -> {}, 0).get(20, TimeUnit.SECONDS);
    }

    /** Returns the number of tasks that have not run yet. */
    public static int pending() {
        return Timers.pending();
    }

    /** Returns the queue of the timer thread. */
    public static BlockingQueue<Runnable> queue() {
        return Timers.THREAD.getQueue();
    }

    /** Returns how many threads and tasks will be notified when the clock is set. */
    public static int waitersForChange(FutexClock clock) {
        return ClockChangeNotifier.of(clock).waiting();
    }

    /** Returns whether the library checks now whether the clock is set. */
    public static boolean isWatched(FutexClock clock) {
        return ClockChangeNotifier.watching(clock) != null;
    }
}

package org.jfutex;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jfutex.time.DaemonThreads;
import org.jfutex.time.Deadline;
import org.jfutex.time.FutexClock;

/** The stage of a wait that no thread sleeps on, and the timer that ends the wait at its deadline. */
final class TimedStage {

    private TimedStage() {}

    /**
     * Schedules the timeout of a wait, and returns the stage. If that fails, the wait is cancelled.
     *
     * @param end completed by the callback of the wait
     */
    static <R> CompletionStage<R> of(WaitListener<R> wait, CompletableFuture<R> end, Deadline deadline) {
        FutexClock clock = wait.table().clock;
        boolean timed = false;
        try {
            Runnable alarm = Timeouts.schedule(deadline.started(clock), clock, () -> timeOut(wait));
            try {
                CompletionStage<R> stage =
                        end.whenComplete((result, never) -> cancelTimer(alarm)).minimalCompletionStage();
                timed = true;
                return stage;
            } finally {
                if (!timed) {
                    cancelTimer(alarm);
                }
            }
        } finally {
            if (!timed) { // no memory for an alarm: the caller gets no stage, so it could not receive a wake
                wait.tryEnd(WaitResult.CANCELLED);
                wait.notifyListener();
            }
        }
    }

    /** Cancels an alarm; what the clock throws goes to the thread's uncaught exception handler. */
    private static void cancelTimer(Runnable alarm) {
        try {
            alarm.run();
        } catch (Throwable t) {
            DaemonThreads.reportUncaught(t);
        }
    }

    private static void timeOut(WaitListener<?> wait) {
        wait.tryEnd(WaitResult.TIMED_OUT);
        wait.notifyListener();
    }
}

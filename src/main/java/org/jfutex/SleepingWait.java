package org.jfutex;

import org.jfutex.time.Deadline;
import org.jfutex.time.FutexClock;

/**
 * A wait on which a thread can spin and sleep until it ends, until a deadline passes, or until an interrupt.
 *
 * @param <R> the type of the result
 */
abstract class SleepingWait<R> extends WaitListener<R> {

    /** Spins until the wait ends or spinning no longer pays; returns whether it has ended: see {@link AdaptiveSpin}. */
    abstract boolean watch();

    /** Counts a sleep on this wait: see {@link TableCounters#sleeps}. */
    abstract void countSleep();

    /**
     * Spins for the end of the wait, which only one thread may do, and returns whether it has ended. If not, this
     * thread must sleep until the end.
     */
    final boolean watchedAlone() {
        if (!startWatching()) {
            return checkEnded();
        }
        boolean over = true; // also if it fails
        try {
            over = spin();
        } finally {
            stopWatching(over ? null : Thread.currentThread());
        }
        return over;
    }

    /**
     * Spends the time until a wait has ended that no other thread can know; what to do before parking has been
     * {@linkplain SpinPolicy#effectiveFor decided}.
     */
    final R spinThenSleep(Deadline deadline, SpinPolicy policy) throws InterruptedException {
        if (ended() == null && (policy == SpinPolicy.NONE || !spin())) {
            sleep(deadline, true);
        }
        return result();
    }

    /** Spins until the wait ends or spinning no longer pays; returns whether the wait has ended. */
    final boolean spin() {
        Object recorded = JfrRecorder.beginWait(this);
        boolean over = watch();
        if (over && recorded != null) {
            JfrRecorder.endWait(recorded, this, requireEnd());
        }
        return over;
    }

    /**
     * Sleeps until the wait has ended. Every waiting thread parks here, and the stack of a virtual thread is copied, so
     * it is kept shallow.
     */
    final void sleep(Deadline deadline, boolean interruptible) throws InterruptedException {
        Thread me = Thread.currentThread();
        if (!becameSleeper(me)) {
            checkEnded();
            return;
        }
        boolean interrupted = false;
        try {
            Object recorded = JfrRecorder.beginWait(this);
            countSleep();
            if (deadline != Deadline.NEVER) {
                interrupted = sleepUntil(deadline);
                if (interrupted) {
                    tryEnd(WaitResult.CANCELLED);
                }
            }
            while (ended() == null) {
                if (Thread.interrupted()) {
                    interrupted = true; // before a listener of priorities can take it for its own
                    if (interruptible) {
                        tryEnd(WaitResult.CANCELLED);
                    }
                } else {
                    table().clock.park(this);
                }
            }
            markNotified();
            if (recorded != null) {
                JfrRecorder.endWait(recorded, this, requireEnd());
            }
        } catch (Throwable e) { // of the clock or the JVM; a waiter without a sleeper would consume a wake
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            tryEnd(WaitResult.CANCELLED);
            markNotified();
            throw e;
        }
        if (interrupted) {
            reportInterrupt(interruptible);
        }
    }

    /**
     * Sleeps until the wait has ended, at the latest at the deadline, or the thread was interrupted; returns whether it
     * was.
     */
    private boolean sleepUntil(Deadline when) {
        FutexClock clock = table().clock;
        Deadline deadline = when.started(clock);
        while (ended() == null) {
            if (Thread.interrupted()) {
                return true;
            }
            long now = Timeouts.now(deadline, clock);
            if (Timeouts.hasPassed(deadline, now)) {
                tryEnd(WaitResult.TIMED_OUT);
            } else if (ended() == null) { // check again: the clock may have consumed the permit of a wake
                Timeouts.park(deadline, clock, this, now);
            }
        }
        return false;
    }

    /** Reports an interrupt: throws if it has ended the wait, else restores the thread's interrupt status. */
    private void reportInterrupt(boolean interruptible) throws InterruptedException {
        if (interruptible && ended() == WaitResult.CANCELLED) {
            throw new InterruptedException();
        }
        Thread.currentThread().interrupt();
    }
}

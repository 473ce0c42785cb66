package org.jfutex.emulator;

import org.jfutex.time.ClockId;

/** The real-time interval timer of a process: setitimer and alarm. It is set on the clock of the futex table. */
final class IntervalTimer {

    private final GuestProcess process;

    /* Guarded by this. */
    private long deadline; // 0 if not set
    private long interval;
    private Runnable cancel = () -> {};

    IntervalTimer(GuestProcess process) {
        this.process = process;
    }

    /** Returns the remaining nanoseconds, 0 if the timer is not set. */
    synchronized long remaining() {
        return deadline == 0 ? 0 : Math.max(1, deadline - now());
    }

    synchronized long interval() {
        return interval;
    }

    /** Sets the timer; a delay of 0 nanoseconds stops it. */
    synchronized void set(long delay, long repeat) {
        cancel.run();
        cancel = () -> {};
        interval = repeat;
        deadline = delay == 0 ? 0 : now() + delay;
        if (delay != 0) {
            long due = deadline;
            cancel = process.machine.clock.schedule(ClockId.MONOTONIC, due, () -> expire(due));
        }
    }

    private void expire(long due) {
        synchronized (this) {
            if (deadline != due) {
                return; // it was set again
            }
            set(interval, interval);
        }
        process.signals.send(SignalInfo.fromKernel(SignalInfo.SIGALRM), null);
    }

    private long now() {
        return process.machine.clock.nanos(ClockId.MONOTONIC);
    }
}

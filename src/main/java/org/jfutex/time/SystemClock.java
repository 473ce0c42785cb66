package org.jfutex.time;

import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/** The clocks of the system. */
enum SystemClock implements FutexClock {
    INSTANCE;

    /** How long a thread sleeps if memory for starting the watch of the clock is missing, in nanoseconds. */
    private static final long PAUSE = 10_000_000;

    @Override
    public long nanos(ClockId clockId) {
        if (clockId == ClockId.MONOTONIC) {
            return System.nanoTime();
        }
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    @Override
    public void park(Object blocker, ClockId clockId, long now, long deadline) {
        if (clockId == ClockId.MONOTONIC || until(deadline, now) <= ClockChangeNotifier.SLICE) {
            LockSupport.parkNanos(blocker, until(deadline, now));
        } else {
            parkUntilSet(blocker, deadline);
        }
    }

    @Override
    public void prepare() {
        Timers.prepare(ClockChangeNotifier.of(this));
        sleeper();
        nanos(ClockId.REALTIME);
        LockSupport.parkNanos(this, 1);
    }

    private static long until(long deadline, long now) {
        long left = deadline - now;
        return left > 0 ? left : Long.MAX_VALUE; // the difference does not fit a long
    }

    /**
     * Parks until a time of the realtime clock, or until the clock is set.
     *
     * <p>If the clock is not watched yet, this method starts the watch and returns. That takes locks, on which the
     * thread may have parked and consumed its permit. If the clock is watched already, nothing here parks before the
     * final park.
     */
    private void parkUntilSet(Object blocker, long deadline) {
        ClockChangeNotifier steps = ClockChangeNotifier.watching(this);
        if (steps == null) {
            watch(blocker);
            return;
        }
        Sleeper me = sleeper();
        if (me == null) {
            LockSupport.parkNanos(blocker, ClockChangeNotifier.SLICE); // then it reads the clock itself
        } else if (steps.addIfWatching(me)) {
            try {
                long now = nanos(ClockId.REALTIME); // again: the clock may have been set before this thread was added
                if (now < deadline) {
                    LockSupport.parkNanos(blocker, until(deadline, now));
                }
            } finally {
                steps.remove(me);
            }
        }
    }

    private void watch(Object blocker) {
        try {
            StackGuard.checkDeep();
        } catch (StackOverflowError e) { // no lock was taken, so the permit is still there
            LockSupport.parkNanos(blocker, ClockChangeNotifier.SLICE);
            return;
        }
        try {
            sleeper(); // loads the class, which the next call must not do
            ClockChangeNotifier.of(this).watch();
        } catch (OutOfMemoryError e) {
            LockSupport.parkNanos(blocker, PAUSE); // short, since the permit of a wake may be gone
        }
    }

    /**
     * Returns an object that unparks the current thread when the clock is set; null if memory or stack for it is
     * missing.
     */
    private static @Nullable Sleeper sleeper() {
        try {
            StackGuard.check();
            return new Sleeper(Thread.currentThread());
        } catch (StackOverflowError | OutOfMemoryError e) {
            return null;
        }
    }

    private static final class Sleeper extends ClockChangeNotifier.Listener {

        private final Thread thread;

        Sleeper(Thread thread) {
            this.thread = thread;
        }

        @Override
        void clockWasSet() {
            LockSupport.unpark(thread);
        }
    }
}

package org.jfutex;

import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import org.jfutex.key.Headroom;

/** The clocks of the system. */
enum SystemClock implements FutexClock {
    INSTANCE;

    @Override
    public long nanos(Timeline timeline) {
        if (timeline == Timeline.MONOTONIC) {
            return System.nanoTime();
        }
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    @Override
    public void park(Object blocker, Timeline timeline, long now, long deadline) {
        if (timeline == Timeline.MONOTONIC || until(deadline, now) <= ClockSteps.SLICE) {
            LockSupport.parkNanos(blocker, until(deadline, now));
        } else {
            parkUntilSet(blocker, deadline);
        }
    }

    private static long until(long deadline, long now) {
        long left = deadline - now;
        return left > 0 ? left : Long.MAX_VALUE; // further away than a long can say
    }

    /** Parks until a point of the realtime clock, or until somebody sets that. */
    private void parkUntilSet(Object blocker, long deadline) {
        Thread me = Thread.currentThread();
        ClockSteps steps = null;
        Runnable unpark = null;
        try {
            Headroom.require();
            steps = ClockSteps.of(this);
            unpark = () -> LockSupport.unpark(me);
            steps.add(unpark);
            long now = nanos(Timeline.REALTIME); // again, since somebody may have set it before it was watched
            if (now < deadline) {
                LockSupport.parkNanos(blocker, until(deadline, now));
            }
        } catch (StackOverflowError | OutOfMemoryError e) { // then it looks for itself
            LockSupport.parkNanos(blocker, ClockSteps.SLICE);
        } finally {
            if (steps != null && unpark != null) {
                steps.remove(unpark);
            }
        }
    }
}

package org.jfutex;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The clocks of the system. */
enum SystemClock implements FutexClock {
    INSTANCE;

    /** A sleep on the realtime clock looks up this often, since somebody may set it. */
    private static final long REALTIME_SLICE = TimeUnit.MILLISECONDS.toNanos(250);

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
        long left = deadline - now;
        long nanos = left > 0 ? left : Long.MAX_VALUE; // further away than a long can say
        LockSupport.parkNanos(blocker, timeline == Timeline.MONOTONIC ? nanos : Math.min(nanos, REALTIME_SLICE));
    }
}

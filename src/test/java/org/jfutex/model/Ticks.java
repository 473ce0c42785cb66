package org.jfutex.model;

import java.util.concurrent.locks.LockSupport;
import org.jfutex.time.ClockId;
import org.jfutex.time.FutexClock;
import org.jspecify.annotations.Nullable;

/** A clock for one sleeper that moves only on request, and is simple enough for the model checker. */
final class Ticks implements FutexClock {

    private volatile long now;
    private volatile @Nullable Thread sleeper;

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time advances it
    void advance(long nanos) {
        now += nanos;
        Thread t = sleeper;
        if (t != null) {
            LockSupport.unpark(t);
        }
    }

    @Override
    public long nanos(ClockId clockId) {
        return now;
    }

    @Override
    public void park(Object blocker, ClockId clockId, long then, long deadline) {
        sleeper = Thread.currentThread();
        if (now == then) {
            LockSupport.park(blocker);
        }
        sleeper = null;
    }
}

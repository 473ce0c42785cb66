package org.jfutex;

import org.jfutex.time.ClockId;
import org.jfutex.time.FutexClock;

/** A clock whose time does not change, and that runs a given action instead of sleeping. */
record FixedClock(Runnable park) implements FutexClock {

    @Override
    public long nanos(ClockId clockId) {
        return 0;
    }

    @Override
    public void park(Object blocker, ClockId clockId, long now, long deadline) {
        park.run();
    }
}

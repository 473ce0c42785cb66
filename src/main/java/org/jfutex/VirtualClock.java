package org.jfutex;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A clock that stands still until it is told to move, so that timed waits are tested without time passing.
 *
 * <pre>{@code
 * var clock = new VirtualClock();
 * var table = FutexTable.builder().clock(clock).build();
 * // ... a thread waits with Deadline.after(Duration.ofHours(1)) ...
 * clock.advance(Duration.ofHours(1).toNanos());   // and it has timed out
 * }</pre>
 */
public final class VirtualClock implements FutexClock {

    private final AtomicLong monotonic = new AtomicLong();
    private final AtomicLong realtime = new AtomicLong();
    private final Set<Thread> sleepers = ConcurrentHashMap.newKeySet();

    /** Starts with both clocks at zero. */
    public VirtualClock() {}

    @Override
    public long nanos(Timeline timeline) {
        return (timeline == Timeline.MONOTONIC ? monotonic : realtime).get();
    }

    /**
     * Lets time pass on both clocks, and ends the sleep of every thread whose deadline has come.
     *
     * @param nanos how much, not negative
     * @throws IllegalArgumentException if {@code nanos} is negative
     */
    public void advance(long nanos) {
        if (nanos < 0) {
            throw new IllegalArgumentException("time cannot go back by " + -nanos + " ns");
        }
        monotonic.addAndGet(nanos);
        realtime.addAndGet(nanos);
        sleepers.forEach(LockSupport::unpark);
    }

    /**
     * Sets the realtime clock, forwards or back, as clock_settime(2) does. The monotonic clock does not notice.
     *
     * @param nanos the new time
     */
    public void setRealtime(long nanos) {
        realtime.set(nanos);
        sleepers.forEach(LockSupport::unpark);
    }

    /**
     * How many threads sleep with a deadline on this clock.
     *
     * @return their number, at some moment during the call
     */
    public int sleepers() {
        return sleepers.size();
    }

    @Override
    public void park(Object blocker, Timeline timeline, long now, long deadline) {
        Thread me = Thread.currentThread();
        sleepers.add(me);
        try {
            if (nanos(timeline) == now) { // else time has moved before anybody could know of this sleeper
                LockSupport.park(blocker);
            }
        } finally {
            sleepers.remove(me);
        }
    }
}

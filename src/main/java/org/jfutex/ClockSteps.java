package org.jfutex;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/**
 * Tells those who wait for a point of a realtime clock that somebody has set it. One look serves them all, so that however many wait, they cost nothing while
 * they do.
 */
final class ClockSteps implements Runnable {

    /*
     * A realtime clock passes as the monotonic one does, at some distance; whoever sets it changes the distance. So nobody misses it:
     *
     *      who waits                               who looks, now and then
     *      add itself                              distance changed? tell all
     *      watching? if not, begin:                watching = false
     *          note the distance                   nobody there? end
     *          watching = true                     watching = true
     *      read the clock, wait for what is left
     *
     * When a waiter reads the clock the distance has been noted. If the clock is set before that, the waiter has read the new time; if later, the next look sees it, and
     * the waiter is there. And who adds itself while the last look ends either is seen by it, or finds that nobody is watching.
     */

    /** How often somebody looks, and so how long after a clock is set it may take until all know. */
    static final long SLICE = TimeUnit.MILLISECONDS.toNanos(250);

    /** What counts as set: more than two clocks that are read one after the other seem to differ, and less than a timer's lateness. */
    private static final long TOLERANCE = TimeUnit.MICROSECONDS.toNanos(100);

    private static final int TRIES = 8;

    private static final ConcurrentMap<FutexClock, ClockSteps> ALL = new ConcurrentHashMap<>();

    private final FutexClock clock;
    private final Set<Runnable> waiting = ConcurrentHashMap.newKeySet();

    /** Whether somebody will look; becomes so under "this". */
    private volatile boolean watching;

    private long distance; // written by who begins, then by who looks

    private ClockSteps(FutexClock clock) {
        this.clock = clock;
    }

    /** Those of a clock. Nothing is kept of a clock for which nobody waits. */
    static ClockSteps of(FutexClock clock) {
        ClockSteps known = ALL.get(clock);
        return known != null ? known : ALL.computeIfAbsent(clock, ClockSteps::new);
    }

    /** How many will be told. */
    int waiting() {
        return waiting.size();
    }

    /**
     * Has somebody told, once or more often, until it is {@linkplain #remove removed}. What he waits for he computes afterwards. If this fails, he is not added.
     *
     * @param waiter called by a thread that must not block
     */
    void add(Runnable waiter) {
        boolean added = false;
        try {
            waiting.add(waiter);
            if (!watching) {
                begin();
            }
            added = true;
        } finally {
            if (!added) {
                waiting.remove(waiter);
            }
        }
    }

    void remove(Runnable waiter) {
        waiting.remove(waiter);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it ends by itself
    private synchronized void begin() {
        if (!watching) {
            distance = distance(0);
            Alarms.later(this, SLICE);
            watching = true;
        }
    }

    /** Looks whether the clock has been set. */
    @Override
    public void run() {
        try {
            long now = distance(distance);
            if (now != distance) {
                tellAll();
                distance = now; // not before all know
            }
        } catch (Throwable e) { // the clock's, or there is no memory
            PendingWait.uncaught(e);
        }
        lookAgain();
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private synchronized void lookAgain() {
        watching = false;
        if (isAnybodyThere()) {
            Alarms.laterAnyway(this, SLICE);
            watching = true;
        } else {
            ALL.remove(clock, this);
        }
    }

    private boolean isAnybodyThere() {
        try {
            return waiting.iterator().hasNext(); // its count may be wrong, once memory came to an end
        } catch (OutOfMemoryError e) {
            return true;
        }
    }

    /** How far the clock is from the monotonic one, or what it was if that may still be so. */
    private long distance(long before) {
        long best = Long.MAX_VALUE;
        long now = before;
        for (int i = 0; i < TRIES && best > TOLERANCE; i++) { // it may lose its processor between two looks
            long from = clock.nanos(Timeline.MONOTONIC);
            long there = clock.nanos(Timeline.REALTIME);
            long took = clock.nanos(Timeline.MONOTONIC) - from;
            if (took < best) {
                best = took;
                now = there - from;
            }
        }
        return Math.abs(now - before) <= TOLERANCE + best ? before : now;
    }

    void tellAll() {
        for (Runnable waiter : waiting) {
            try {
                waiter.run();
            } catch (Throwable e) {
                PendingWait.uncaught(e);
            }
        }
    }
}

package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * When a wait gives up: never, after a while, or at a point of one of the two clocks.
 *
 * <p>All times are nanoseconds and end a wait at the earliest when they have fully passed. A time that cannot be represented
 * counts as the last one that can: about 292 years.
 *
 * <p>Source: futex(2), of which FUTEX_WAIT takes a while and the others take a point of a clock.
 */
public final class Deadline {

    /** No deadline. */
    public static final Deadline NEVER = new Deadline(null, Long.MAX_VALUE, false, false);

    /** How long before its end a precise wait stops sleeping: more than it takes most systems to wake a thread. */
    private static final long LEAD = 200_000;

    private final @Nullable ClockId timeline;
    private final long nanos;
    private final boolean relative;
    private final boolean precise;

    private Deadline(@Nullable ClockId timeline, long nanos, boolean relative, boolean precise) {
        this.timeline = timeline;
        this.nanos = nanos;
        this.relative = relative;
        this.precise = precise;
    }

    /**
     * A while from the moment the wait begins, on the monotonic clock, as FUTEX_WAIT has it.
     *
     * @param nanos how long; zero and less have passed already
     * @return the deadline
     */
    public static Deadline after(long nanos) {
        return new Deadline(ClockId.MONOTONIC, nanos, true, false);
    }

    /**
     * A while from the moment the wait begins, on the monotonic clock.
     *
     * @param duration how long; zero and less have passed already
     * @return the deadline
     */
    public static Deadline after(Duration duration) {
        requireNonNull(duration, "duration");
        return after(saturated(duration.getSeconds(), duration.getNano()));
    }

    /**
     * A point of a clock, as FUTEX_WAIT_BITSET has it.
     *
     * @param timeline which clock
     * @param nanos what {@link FutexClock#nanos} says then
     * @return the deadline
     */
    public static Deadline at(ClockId timeline, long nanos) {
        return new Deadline(requireNonNull(timeline, "timeline"), nanos, false, false);
    }

    /**
     * A point of the realtime clock.
     *
     * @param instant when
     * @return the deadline
     */
    public static Deadline at(Instant instant) {
        requireNonNull(instant, "instant");
        return at(ClockId.REALTIME, saturated(instant.getEpochSecond(), instant.getNano()));
    }

    /**
     * The same deadline, met within a microsecond or so on an idle processor, where the system's timers are some fifty microseconds late.
     *
     * <p>Its price is a thread that does not sleep for the last 200 microseconds but looks at the clock again and again. A wait on which no
     * thread sleeps is not affected, nor is one by another clock than the system's.
     *
     * @return the precise deadline
     */
    public Deadline precise() {
        return timeline == null ? this : new Deadline(timeline, nanos, relative, true);
    }

    private static long saturated(long seconds, int nano) {
        try {
            return Math.addExact(Math.multiplyExact(seconds, 1_000_000_000L), nano);
        } catch (ArithmeticException e) {
            return seconds < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }

    /** The same deadline as a point of its clock; reads the clock only if it must. */
    Deadline started(FutexClock clock) {
        if (!relative) {
            return this;
        }
        if (nanos <= 0) {
            return at(ClockId.MONOTONIC, Long.MIN_VALUE);
        }
        long now = clock.nanos(ClockId.MONOTONIC);
        long end = now + nanos;
        return new Deadline(ClockId.MONOTONIC, end < now ? Long.MAX_VALUE : end, false, precise);
    }

    /**
     * Reads the time that {@link #hasPassed} and {@link #park} take; only for a deadline that {@link #started}. The
     * clock may consume the thread's permit.
     */
    long now(FutexClock clock) {
        return timeline == null || nanos == Long.MIN_VALUE ? Long.MIN_VALUE : clock.nanos(timeline);
    }

    /** Returns whether this deadline has passed at that time. */
    boolean hasPassed(long now) {
        return timeline != null && now >= nanos;
    }

    /**
     * Parks the current thread until this deadline at the most; only for a deadline that {@link #started} and has not
     * passed.
     *
     * <p>Between {@link #now} and this call the caller checks once more what it waits for: see {@link FutexClock#park}.
     */
    void park(FutexClock clock, Object blocker, long now) {
        if (timeline == null) {
            LockSupport.park(blocker);
        } else if (!precise || clock != FutexClock.system()) {
            clock.park(blocker, timeline, now, nanos);
        } else if (now < nanos - LEAD) {
            clock.park(blocker, timeline, now, nanos - LEAD);
        } else {
            Thread.onSpinWait();
        }
    }

    /**
     * Runs a task when this deadline has passed; only for a deadline that {@link #started}.
     *
     * @return cancels it
     */
    Runnable schedule(FutexClock clock, Runnable task) {
        if (timeline == null) {
            return () -> {};
        }
        if (nanos == Long.MIN_VALUE) {
            task.run();
            return () -> {};
        }
        return clock.schedule(timeline, nanos, task);
    }

    @Override
    public String toString() {
        return timeline == null
                ? "never"
                : (relative ? "after " : "at " + timeline + " ") + nanos + " ns" + (precise ? ", precisely" : "");
    }
}

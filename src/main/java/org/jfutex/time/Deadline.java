package org.jfutex.time;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The time at which a wait times out: never, after a duration, or at a time of one of the two clocks.
 *
 * <p>All times are in nanoseconds. A wait never times out before its time has fully passed. A time that cannot be
 * represented is replaced by the nearest one that can: about 292 years.
 *
 * <p>Source: futex(2). FUTEX_WAIT takes a duration; the other operations take a time of a clock.
 */
public final class Deadline {

    /** No deadline. */
    public static final Deadline NEVER = new Deadline(null, Long.MAX_VALUE, false, false);

    private final @Nullable ClockId clockId;
    private final long nanos;
    private final boolean relative;
    private final boolean precise;

    private Deadline(@Nullable ClockId clockId, long nanos, boolean relative, boolean precise) {
        this.clockId = clockId;
        this.nanos = nanos;
        this.relative = relative;
        this.precise = precise;
    }

    /**
     * Returns a deadline relative to the start of the wait, on the monotonic clock, as FUTEX_WAIT has it.
     *
     * @param nanos the duration; a value of zero or less has already passed
     * @return the deadline
     */
    public static Deadline after(long nanos) {
        return new Deadline(ClockId.MONOTONIC, nanos, true, false);
    }

    /**
     * Returns a deadline relative to the start of the wait, on the monotonic clock.
     *
     * @param duration the duration; zero or a negative one has already passed
     * @return the deadline
     */
    public static Deadline after(Duration duration) {
        requireNonNull(duration, "duration");
        return after(saturated(duration.getSeconds(), duration.getNano()));
    }

    /**
     * Returns a deadline at a time of a clock, as FUTEX_WAIT_BITSET has it.
     *
     * @param clockId the clock
     * @param nanos the value of {@link FutexClock#nanos} at which the wait times out
     * @return the deadline
     */
    public static Deadline at(ClockId clockId, long nanos) {
        return new Deadline(requireNonNull(clockId, "clockId"), nanos, false, false);
    }

    /**
     * Returns a deadline at a time of the realtime clock.
     *
     * @param instant the time
     * @return the deadline
     */
    public static Deadline at(Instant instant) {
        requireNonNull(instant, "instant");
        return at(ClockId.REALTIME, saturated(instant.getEpochSecond(), instant.getNano()));
    }

    /**
     * Returns this deadline with a precision of about a microsecond on an idle processor. The system's timers are some
     * fifty microseconds late.
     *
     * <p>In exchange the thread does not sleep for the last 200 microseconds, but polls the clock. This does not affect
     * a wait on which no thread sleeps, or a wait by another clock than the system's.
     *
     * @return the precise deadline
     */
    public Deadline precise() {
        return clockId == null ? this : new Deadline(clockId, nanos, relative, true);
    }

    private static long saturated(long seconds, int nano) {
        try {
            return Math.addExact(Math.multiplyExact(seconds, 1_000_000_000L), nano);
        } catch (ArithmeticException e) {
            return seconds < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }

    /**
     * Returns the deadline of a wait that starts now. A relative deadline becomes a time of the monotonic clock; every
     * other deadline is returned as it is.
     *
     * @param clock the clock, which is read only if this deadline is relative
     * @return a deadline that is not relative
     */
    public Deadline started(FutexClock clock) {
        requireNonNull(clock, "clock");
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
     * Returns the clock of this deadline.
     *
     * @return the clock, null for {@link #NEVER}
     */
    public @Nullable ClockId clockId() {
        return clockId;
    }

    /**
     * Returns the time of this deadline. Of a relative deadline, this is the duration: see {@link #started}.
     *
     * @return the time in nanoseconds; {@link Long#MIN_VALUE} has passed on every clock
     */
    public long nanos() {
        return nanos;
    }

    /**
     * Returns whether this deadline is a result of {@link #precise}, directly or through {@link #started}.
     *
     * @return true if a sleeping thread should poll the clock shortly before the deadline
     */
    public boolean isPrecise() {
        return precise;
    }

    @Override
    public String toString() {
        return clockId == null
                ? "never"
                : (relative ? "after " : "at " + clockId + " ") + nanos + " ns" + (precise ? ", precisely" : "");
    }
}

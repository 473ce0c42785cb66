package org.jfutex.linux;

import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;
import org.jfutex.time.FutexClock;
import org.jspecify.annotations.Nullable;

/**
 * A call's deadline, as a point of a clock. So a call can keep it over a restart.
 *
 * @param clockId the clock, null for no deadline
 * @param nanos the point in nanoseconds
 */
record TimeLimit(@Nullable ClockId clockId, long nanos) {

    static final TimeLimit NONE = new TimeLimit(null, 0);

    static final int CLOCK_REALTIME = 0;
    static final int CLOCK_MONOTONIC = 1;

    /** The layout of a timespec. */
    enum Format {
        /** Two C longs, as futex takes them. */
        WORDS,
        /** Two 64-bit numbers, __kernel_timespec, as futex_time64 and the calls since 5.16 take them. */
        LONGS
    }

    /** A timespec as the guest wrote it. */
    private record Timespec(long seconds, long nanos) {}

    private static Timespec load(GuestMemory guest, long pointer, Format format) {
        if (format == Format.WORDS) {
            return new Timespec(
                    guest.loadWord(pointer),
                    guest.loadWord(pointer + guest.abi().wordBytes()));
        }
        long nanos =
                guest.abi().register(guest.loadLong(pointer + 8)); // a 32-bit program uses the upper half as padding
        return new Timespec(guest.loadLong(pointer), nanos);
    }

    /** Reads the timespec of a call and returns its nanoseconds. */
    static long read(GuestMemory guest, long pointer, Format format) {
        Timespec t = load(guest, pointer, format);
        ErrnoException.unless(t.seconds >= 0 && t.nanos >= 0 && t.nanos < 1_000_000_000, Errno.EINVAL);
        return t.seconds >= Long.MAX_VALUE / 1_000_000_000 ? Long.MAX_VALUE : t.seconds * 1_000_000_000 + t.nanos;
    }

    /** Formats a timespec like strace. */
    static String describe(GuestMemory guest, long pointer, Format format) {
        Timespec t = load(guest, pointer, format);
        return "{tv_sec=" + t.seconds + ", tv_nsec=" + t.nanos + "}";
    }

    /** Returns the limit that lies the given nanoseconds after now. */
    static TimeLimit after(FutexClock clock, long nanos) {
        long now = clock.nanos(ClockId.MONOTONIC);
        long end = now + nanos;
        return new TimeLimit(ClockId.MONOTONIC, end < now ? Long.MAX_VALUE : end);
    }

    /**
     * Reads an absolute limit, as the calls since 5.16 take it. The clock's number is ignored if there is no timespec.
     */
    static TimeLimit at(GuestMemory guest, long pointer, int linuxClock) {
        if (pointer == 0) {
            return NONE;
        }
        ErrnoException.unless(linuxClock == CLOCK_REALTIME || linuxClock == CLOCK_MONOTONIC, Errno.EINVAL);
        ClockId clockId = linuxClock == CLOCK_REALTIME ? ClockId.REALTIME : ClockId.MONOTONIC;
        return new TimeLimit(clockId, read(guest, pointer, Format.LONGS));
    }

    boolean exists() {
        return clockId != null;
    }

    boolean hasPassed(FutexClock clock) {
        return clockId != null && clock.nanos(clockId) >= nanos;
    }

    Deadline deadline() {
        return clockId == null ? Deadline.NEVER : Deadline.at(clockId, nanos);
    }
}

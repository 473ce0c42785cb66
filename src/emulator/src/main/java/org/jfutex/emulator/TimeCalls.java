package org.jfutex.emulator;

import java.nio.ByteBuffer;
import org.jfutex.linux.Errno;
import org.jfutex.time.ClockId;

/** System calls of clocks and timers. All of them, and the timeouts of futexes, use the clock of the machine. */
final class TimeCalls {

    private static final long SECOND = 1_000_000_000;
    private static final int TIMER_ABSTIME = 1;

    private final Machine machine;

    TimeCalls(Machine machine) {
        this.machine = machine;
    }

    private static ClockId clock(int id) {
        return switch (id) {
            case 0, 5, 11 -> ClockId.REALTIME; // CLOCK_REALTIME, its coarse form, CLOCK_TAI
            case 1, 4, 6, 7, 2, 3 -> ClockId.MONOTONIC; // also stands for the clocks of processor time
            default -> {
                if (id >= 0) {
                    throw new SystemCallException(Errno.EINVAL);
                }
                yield ClockId.MONOTONIC; // the processor time of another process or thread
            }
        };
    }

    /** Reads a timespec and returns its nanoseconds, Long.MAX_VALUE if it is too long. */
    static long loadTime(GuestThread thread, long address) {
        ByteBuffer time = thread.memory().read(address, 16);
        long seconds = time.getLong();
        long nanos = time.getLong();
        if (seconds < 0 || nanos < 0 || nanos >= SECOND) {
            throw new SystemCallException(Errno.EINVAL);
        }
        return seconds >= Long.MAX_VALUE / SECOND - 1 ? Long.MAX_VALUE : seconds * SECOND + nanos;
    }

    long get(GuestThread thread, int id, long address) {
        long now = machine.clock.nanos(clock(id));
        thread.memory().storeLongs(address, Math.floorDiv(now, SECOND), Math.floorMod(now, SECOND));
        return 0;
    }

    long resolution(GuestThread thread, int id, long address) {
        clock(id);
        if (address != 0) {
            thread.memory().storeLongs(address, 0, 1);
        }
        return 0;
    }

    long getTimeOfDay(GuestThread thread, long address) {
        long now = machine.clock.nanos(ClockId.REALTIME);
        thread.memory().storeLongs(address, now / SECOND, now % SECOND / 1000);
        return 0;
    }

    long times(GuestThread thread, long address) {
        SystemCalls.zeroes(thread, address, 32);
        return machine.clock.nanos(ClockId.MONOTONIC) / 10_000_000; // 100 ticks a second
    }

    /** Sleeps once, until the deadline at the latest. */
    static void parkUntil(GuestThread thread, ClockId clock, long deadline) throws InterruptedException {
        long now = thread.machine.clock.nanos(clock);
        if (now < deadline && !thread.hart.attention) {
            thread.machine.clock.park(thread, clock, now, deadline);
        }
        if (Thread.interrupted() || thread.hart.attention) {
            throw new InterruptedException();
        }
    }

    long sleep(GuestThread thread, int id, int flags, long request, long remaining) {
        ClockId clock = clock(id);
        long time = loadTime(thread, request);
        boolean absolute = (flags & TIMER_ABSTIME) != 0;
        long now = machine.clock.nanos(clock);
        long deadline = absolute ? time : time > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + time;
        long result = thread.sleep(false, () -> {
            while (machine.clock.nanos(clock) < deadline) {
                parkUntil(thread, clock, deadline);
            }
            return 0;
        });
        if (result != 0 && !absolute && remaining != 0) {
            long left = Math.max(0, deadline - machine.clock.nanos(clock));
            thread.memory().storeLongs(remaining, left / SECOND, left % SECOND);
        }
        return result;
    }

    // ---- setitimer, which alarm uses

    long getTimer(GuestThread thread, int which, long address) {
        if (which != 0) {
            return -Errno.EINVAL; // only ITIMER_REAL
        }
        IntervalTimer timer = thread.process.alarm;
        storeTimer(thread, address, timer.interval(), timer.remaining());
        return 0;
    }

    long setTimer(GuestThread thread, int which, long value, long old) {
        if (which != 0) {
            return -Errno.EINVAL;
        }
        IntervalTimer timer = thread.process.alarm;
        ByteBuffer wanted =
                value == 0 ? ProgramMemory.buffer(32) : thread.memory().read(value, 32);
        long interval = wanted.getLong(0) * SECOND + wanted.getLong(8) * 1000;
        long delay = wanted.getLong(16) * SECOND + wanted.getLong(24) * 1000;
        if (interval < 0 || delay < 0) {
            return -Errno.EINVAL;
        }
        long intervalBefore = timer.interval();
        long remainingBefore = timer.remaining();
        timer.set(delay, interval);
        if (old != 0) {
            storeTimer(thread, old, intervalBefore, remainingBefore);
        }
        return 0;
    }

    private static void storeTimer(GuestThread thread, long address, long interval, long remaining) {
        thread.memory()
                .storeLongs(
                        address,
                        interval / SECOND,
                        interval % SECOND / 1000,
                        remaining / SECOND,
                        (remaining % SECOND + 999) / 1000);
    }
}

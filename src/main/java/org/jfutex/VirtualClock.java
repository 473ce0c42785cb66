package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
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
    private final AtomicLong tickets = new AtomicLong();
    private final Set<Alarm> alarms = new ConcurrentSkipListSet<>(
            Comparator.comparingLong(Alarm::deadline).thenComparingLong(Alarm::ticket));

    /** Starts with both clocks at zero. */
    public VirtualClock() {}

    @Override
    public long nanos(Timeline timeline) {
        return (requireNonNull(timeline, "timeline") == Timeline.MONOTONIC ? monotonic : realtime).get();
    }

    /**
     * Lets time pass on both clocks, and ends the sleep of every thread whose deadline has come. A clock stops at the last time that it can show.
     *
     * @param nanos how much, not negative
     * @throws IllegalArgumentException if {@code nanos} is negative
     */
    public void advance(long nanos) {
        if (nanos < 0) {
            throw new IllegalArgumentException("time cannot pass by " + nanos + " ns");
        }
        monotonic.accumulateAndGet(nanos, VirtualClock::later);
        realtime.accumulateAndGet(nanos, VirtualClock::later);
        tell();
    }

    private static long later(long now, long nanos) {
        long then = now + nanos;
        return then < now ? Long.MAX_VALUE : then;
    }

    /**
     * Sets the realtime clock, forwards or back, as clock_settime(2) does. The monotonic clock does not notice.
     *
     * @param nanos the new time
     */
    public void setRealtime(long nanos) {
        realtime.set(nanos);
        tell();
    }

    /**
     * How many sleep with a deadline on this clock: threads, and scheduled tasks.
     *
     * @return their number, at some moment during the call
     */
    public int sleepers() {
        return sleepers.size() + alarms.size();
    }

    private void tell() {
        sleepers.forEach(PendingWait::unpark);
        Trouble trouble = new Trouble();
        for (Alarm a : alarms) {
            try {
                ring(a);
            } catch (Throwable t) {
                trouble.note(t);
            }
        }
        trouble.rethrow();
    }

    private void ring(Alarm a) {
        if (nanos(a.timeline) >= a.deadline && alarms.remove(a)) {
            a.task.run();
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>The task runs on the thread that lets the time pass; tasks that are due together run in the order of their deadlines, all of them, and what the first one
     * throws is thrown when they have.
     */
    @Override
    public Runnable schedule(Timeline timeline, long deadline, Runnable task) {
        requireNonNull(timeline, "timeline");
        requireNonNull(task, "task");
        Alarm a = new Alarm(timeline, deadline, tickets.getAndIncrement(), task);
        alarms.add(a);
        ring(a); // time may have moved before anybody could know of it
        return () -> alarms.remove(a);
    }

    private record Alarm(Timeline timeline, long deadline, long ticket, Runnable task) {}

    @Override
    public void park(Object blocker, Timeline timeline, long now, long deadline) {
        requireNonNull(blocker, "blocker");
        requireNonNull(timeline, "timeline");
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

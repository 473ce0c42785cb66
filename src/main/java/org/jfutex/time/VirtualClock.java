package org.jfutex.time;

import static java.util.Objects.requireNonNull;

import java.util.Comparator;
import java.util.Iterator;
import java.util.NavigableSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jfutex.key.FirstFailure;
import org.jspecify.annotations.Nullable;

/**
 * A clock whose time changes only on command, so that timed waits can be tested without delay.
 *
 * <pre>{@code
 * var clock = new VirtualClock();
 * var table = FutexTable.builder().clock(clock).build();
 * // ... a thread waits with Deadline.after(Duration.ofHours(1)) ...
 * clock.advance(Duration.ofHours(1).toNanos());   // and it has timed out
 * }</pre>
 */
public final class VirtualClock implements FutexClock {

    private static final Comparator<Alarm> ORDER =
            Comparator.comparingLong(Alarm::deadline).thenComparingLong(Alarm::ticket);

    private final AtomicLong monotonic = new AtomicLong();
    private final AtomicLong realtime = new AtomicLong();
    private final AtomicLong tickets = new AtomicLong();

    /*
     * Sleeping threads and scheduled tasks, by deadline. The sets have no locks, so a thread that adds an entry keeps
     * its permit.
     */
    private final NavigableSet<Alarm> onMonotonic = new ConcurrentSkipListSet<>(ORDER);
    private final NavigableSet<Alarm> onRealtime = new ConcurrentSkipListSet<>(ORDER);

    /** Creates a clock whose both times are zero. */
    public VirtualClock() {
        Thread me = Thread.currentThread();
        for (ClockId t : ClockId.values()) {
            alarms(t).remove(add(t, 0, new Sleeper(me))); // so that a thread about to sleep loads no class
        }
    }

    @Override
    public long nanos(ClockId clockId) {
        return (requireNonNull(clockId, "clockId") == ClockId.MONOTONIC ? monotonic : realtime).get();
    }

    /**
     * Advances both clocks, and ends the sleep of every thread whose deadline has been reached. A clock stops at the
     * last time that it can represent.
     *
     * <p>The cost is proportional to the number of deadlines reached, and logarithmic in the number of the others.
     *
     * @param nanos the duration, not negative
     * @throws IllegalArgumentException if {@code nanos} is negative
     */
    public void advance(long nanos) {
        if (nanos < 0) {
            throw new IllegalArgumentException("time cannot pass by " + nanos + " ns");
        }
        monotonic.accumulateAndGet(nanos, VirtualClock::later);
        realtime.accumulateAndGet(nanos, VirtualClock::later);
        notifySleepers();
    }

    private static long later(long now, long nanos) {
        long then = now + nanos;
        return then < now ? Long.MAX_VALUE : then;
    }

    /**
     * Sets the realtime clock, forwards or backwards, as clock_settime(2) does. The monotonic clock does not change.
     *
     * @param nanos the new time
     */
    public void setRealtime(long nanos) {
        realtime.set(nanos);
        notifySleepers();
    }

    /**
     * Returns how many threads and scheduled tasks wait for a deadline on this clock.
     *
     * @return their number, at some moment during the call
     */
    public int sleepers() {
        return onMonotonic.size() + onRealtime.size();
    }

    /** Runs all due entries in the order of their deadlines. */
    private void notifySleepers() {
        FirstFailure failure = new FirstFailure();
        for (Alarm a = nextDue(); a != null; a = nextDue()) {
            try {
                ring(a);
            } catch (Throwable t) {
                failure.add(t);
            }
        }
        failure.rethrow();
    }

    private @Nullable Alarm nextDue() {
        Alarm a = due(onMonotonic);
        Alarm b = due(onRealtime);
        return a == null || (b != null && ORDER.compare(b, a) < 0) ? b : a;
    }

    private @Nullable Alarm due(NavigableSet<Alarm> alarms) {
        Iterator<Alarm> i = alarms.iterator(); // first() would throw if the set were empty
        Alarm a = i.hasNext() ? i.next() : null;
        return a != null && isDue(a) ? a : null;
    }

    private boolean isDue(Alarm a) {
        return nanos(a.clockId) >= a.deadline;
    }

    private void ring(Alarm a) {
        if (isDue(a) && alarms(a.clockId).remove(a)) {
            a.task.run();
        }
    }

    private NavigableSet<Alarm> alarms(ClockId clockId) {
        return clockId == ClockId.MONOTONIC ? onMonotonic : onRealtime;
    }

    /**
     * {@inheritDoc}
     *
     * <p>The task runs on the thread that changes the time. Tasks that are due together all run, in the order of their
     * deadlines; then the first exception that one of them threw is thrown.
     */
    @Override
    public Runnable schedule(ClockId clockId, long deadline, Runnable task) {
        requireNonNull(clockId, "clockId");
        requireNonNull(task, "task");
        Alarm a = add(clockId, deadline, task);
        ring(a); // time may have changed before the task was added
        return () -> alarms(clockId).remove(a);
    }

    private Alarm add(ClockId clockId, long deadline, Runnable task) {
        Alarm a = new Alarm(clockId, deadline, tickets.getAndIncrement(), task);
        alarms(clockId).add(a);
        return a;
    }

    private record Alarm(ClockId clockId, long deadline, long ticket, Runnable task) {}

    /** Ends a thread's sleep. */
    private record Sleeper(Thread thread) implements Runnable {

        @Override
        public void run() {
            try {
                LockSupport.unpark(thread);
            } catch (Throwable e) { // such as a virtual thread without a scheduler
                DaemonThreads.reportUncaught(e);
            }
        }
    }

    @Override
    public void park(Object blocker, ClockId clockId, long now, long deadline) {
        requireNonNull(blocker, "blocker");
        requireNonNull(clockId, "clockId");
        Alarm a = add(clockId, deadline, new Sleeper(Thread.currentThread()));
        try {
            if (!isDue(a)) { // else time has changed before this sleeper was added
                LockSupport.park(blocker);
            }
        } finally {
            alarms(clockId).remove(a);
        }
    }
}

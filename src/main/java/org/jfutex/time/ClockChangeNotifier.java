package org.jfutex.time;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Notifies the threads and tasks that wait for a time of a realtime clock that the clock was set (clock_was_set). One
 * periodic check serves all of them, so waiting costs nothing, however many wait.
 */
final class ClockChangeNotifier implements Runnable {

    /*
     * A realtime clock passes as the monotonic one does, at some distance. Setting the clock changes the distance. The
     * protocol that misses no change:
     *
     *     waiter                                  watch, every SLICE
     *
     *     add itself                              distance changed? notify all
     *     not watching? then begin:               under "lock": no waiter? then
     *       note the distance                       watching = false, and end
     *       watching = true
     *     read the clock, wait for the remainder
     *
     * When a waiter reads the clock, the distance has already been recorded. If the clock is set before that, the
     * waiter reads the new time. If it is set later, the next check sees the change, and the waiter has been added. If
     * a waiter adds itself while the watch ends, then either the watch finds it, or the waiter finds that there is no
     * watch: both steps are under "lock".
     *
     * "lock" is a monitor and is held for a few instructions, in which no clock is called. A thread that blocks on a
     * monitor keeps its permit of LockSupport, so a thread whose wake has already been counted may add itself.
     */

    /**
     * The interval of the checks, and so the maximum delay before a change of the clock is noticed, in nanoseconds. A
     * constant, so that no class is initialized.
     */
    static final long SLICE = 250_000_000;

    /**
     * The change of the distance that counts as setting the clock. It is more than two clocks that are read one after
     * the other seem to differ, and less than the lateness of a timer.
     */
    private static final long TOLERANCE = TimeUnit.MICROSECONDS.toNanos(100);

    private static final int TRIES = 8;

    private static final ConcurrentMap<Identity, ClockChangeNotifier> ALL = new ConcurrentHashMap<>();

    /** A clock, compared by identity: two clocks may be equal, and one of them be set. */
    private record Identity(FutexClock clock) {

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Identity i && i.clock == clock;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(clock);
        }
    }

    /** A receiver of notifications that the clock was set; in at most one list at a time. */
    abstract static class Listener {

        private @Nullable Listener prev; // under "lock"
        private @Nullable Listener next; // under "lock"
        private boolean added; // under "lock"

        /** Called by a thread that must not block, once or more often. */
        abstract void clockWasSet();
    }

    private final Identity clock;
    private final Object lock = new Object();

    private @Nullable Listener first; // under "lock"
    private int size; // under "lock"

    /** Whether a check is scheduled or runs; written under "lock". */
    private volatile boolean watching;

    private long distance; // written by the thread that begins the watch, then by the watch

    private final Backoff backoff = new Backoff(SLICE); // of the watch

    private ClockChangeNotifier(Identity clock) {
        this.clock = clock;
    }

    /** Returns the notifier of a clock. No reference to a clock is kept if no waiter waits for it. */
    static ClockChangeNotifier of(FutexClock clock) {
        Identity id = new Identity(clock);
        ClockChangeNotifier known = ALL.get(id);
        if (known == null) {
            ClockChangeNotifier made = new ClockChangeNotifier(id);
            known = ALL.putIfAbsent(id, made);
            return known == null ? made : known;
        }
        return known;
    }

    /** Returns the notifier of a clock that is being watched, else null. Never parks. */
    static @Nullable ClockChangeNotifier watching(FutexClock clock) {
        ClockChangeNotifier known = ALL.get(new Identity(clock));
        return known != null && known.watching ? known : null;
    }

    /** Returns how many listeners will be notified. */
    int waiting() {
        synchronized (lock) {
            return size;
        }
    }

    /**
     * Adds a listener until it is {@linkplain #remove removed}. The caller reads the clock afterwards. If this fails,
     * the listener is not added.
     */
    void add(Listener listener) {
        link(listener);
        boolean added = false;
        try {
            watch();
            added = true;
        } finally {
            if (!added) {
                remove(listener);
            }
        }
    }

    private void link(Listener listener) {
        synchronized (lock) {
            linkLocked(listener);
        }
    }

    /** Adds a listener if the clock is being watched, and returns whether it is. Never parks. */
    boolean addIfWatching(Listener listener) {
        synchronized (lock) {
            if (watching) {
                linkLocked(listener);
            }
            return watching;
        }
    }

    private void linkLocked(Listener listener) {
        Listener second = first;
        listener.next = second;
        if (second != null) {
            second.prev = listener;
        }
        first = listener;
        listener.added = true;
        size++;
    }

    /** Removes a listener, if it was added. Never parks, and needs no memory. */
    void remove(Listener listener) {
        synchronized (lock) {
            if (!listener.added) {
                return;
            }
            Listener before = listener.prev;
            Listener after = listener.next;
            if (before == null) {
                first = after;
            } else {
                before.next = after;
            }
            if (after != null) {
                after.prev = before;
            }
            listener.prev = null;
            listener.next = null;
            listener.added = false;
            size--;
        }
    }

    /**
     * Starts the periodic check, for a {@link #SLICE} at least, and as long as there are listeners. Takes locks, so it
     * may park.
     */
    @SuppressWarnings("FutureReturnValueIgnored") // it ends by itself
    void watch() {
        if (watching) {
            return;
        }
        synchronized (this) {
            if (!watching) {
                distance = distance(0);
                Timers.schedule(this, SLICE);
                setWatching();
                ALL.putIfAbsent(clock, this); // it may have been dropped since it was found
            }
        }
    }

    private void setWatching() {
        synchronized (lock) {
            watching = true;
        }
    }

    /** Checks whether the clock has been set. */
    @Override
    public void run() {
        long pause = SLICE;
        try {
            long now = distance(distance);
            if (now != distance) {
                notifyAllListeners();
                distance = now; // not before all listeners have been notified
            }
            backoff.succeeded();
        } catch (Throwable e) { // the clock failed, or memory ran out
            pause = backoff.failed(e);
        }
        checkAgain(pause);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it ends by itself
    private void checkAgain(long pause) {
        if (goesOn()) {
            Timers.scheduleRetryingOnOom(this, pause);
        }
    }

    private boolean goesOn() {
        synchronized (lock) {
            if (first == null) {
                watching = false;
                ALL.remove(clock, this);
            }
            return watching;
        }
    }

    /**
     * Returns the distance of the clock from the monotonic one, or the former distance if the difference may be an
     * error of measurement.
     */
    private long distance(long before) {
        FutexClock c = clock.clock;
        long best = Long.MAX_VALUE;
        long now = before;
        for (int i = 0; i < TRIES && best > TOLERANCE; i++) { // the thread may lose its processor between two reads
            long from = c.nanos(ClockId.MONOTONIC);
            long there = c.nanos(ClockId.REALTIME);
            long took = c.nanos(ClockId.MONOTONIC) - from;
            if (took < best) {
                best = took;
                now = there - from;
            }
        }
        return Math.abs(now - before) <= TOLERANCE + best ? before : now;
    }

    void notifyAllListeners() {
        for (Listener listener : listeners()) {
            try {
                listener.clockWasSet();
            } catch (Throwable e) {
                DaemonThreads.reportUncaught(e);
            }
        }
    }

    private List<Listener> listeners() {
        synchronized (lock) {
            List<Listener> all = new ArrayList<>(size);
            for (Listener l = first; l != null; l = l.next) {
                all.add(l);
            }
            return all;
        }
    }
}

package org.jfutex.bench.peer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/**
 * The minimal futex, as a lower bound for hand-offs. It compares and queues under a lock, so that no wake is lost, and
 * unparks the chosen waiter. It knows its words in advance, so it needs no lookup. It has no interrupts, no
 * cancellation and no requeue.
 */
final class MinimalFutex extends DirectWords {

    private final Place[] places;

    MinimalFutex(int words) {
        super(words);
        places = new Place[words];
        Arrays.setAll(places, i -> new Place());
    }

    private static final class Sleeper {
        private final Thread thread = Thread.currentThread();
        private volatile boolean woken;
        private Sleeper next;
    }

    private static final class Place {
        private static final VarHandle LOCKED;

        static {
            try {
                LOCKED = MethodHandles.lookup().findVarHandle(Place.class, "locked", boolean.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private volatile boolean locked;
        private volatile Sleeper first;
        private Sleeper last; // under the lock

        @SuppressWarnings("ThreadPriorityCheck") // the lock is held for a few instructions
        private void lock() {
            while (!LOCKED.compareAndSet(this, false, true)) {
                Thread.yield();
            }
        }

        /**
         * Reads in this order: a thread that holds the lock may have compared the word without being in the list yet.
         */
        private boolean mayHaveSleepers() {
            return locked || first != null;
        }

        private void unlock() {
            locked = false;
        }

        private void addLocked(Sleeper sleeper) {
            if (last == null) {
                first = sleeper;
            } else {
                last.next = sleeper;
            }
            last = sleeper;
        }

        private void removeLocked(Sleeper gone) {
            Sleeper before = null;
            for (Sleeper s = first; s != null; before = s, s = s.next) {
                if (s == gone) {
                    if (before == null) {
                        first = s.next;
                    } else {
                        before.next = s.next;
                    }
                    last = s == last ? before : last;
                }
            }
        }

        private Sleeper pollLocked() {
            Sleeper chosen = first;
            if (chosen != null) {
                first = chosen.next;
                last = first == null ? null : last;
                chosen.next = null;
            }
            return chosen;
        }
    }

    @Override
    public boolean await(int word, int expected) {
        Sleeper me = queued(word, expected);
        while (me != null && !me.woken) {
            LockSupport.park(this);
        }
        return me != null;
    }

    @Override
    public boolean await(int word, int expected, long nanos) {
        long end = System.nanoTime() + nanos;
        Sleeper me = queued(word, expected);
        while (me != null && !me.woken) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                Place place = places[word];
                place.lock();
                place.removeLocked(me);
                place.unlock();
                return true;
            }
            LockSupport.parkNanos(this, left);
        }
        return me != null;
    }

    /** Queues the calling thread. Returns null if the word differs from the expected value. */
    private Sleeper queued(int word, int expected) {
        Place place = places[word];
        Sleeper me = new Sleeper();
        place.lock();
        boolean equal = load(word) == expected;
        if (equal) {
            place.addLocked(me);
        }
        place.unlock();
        return equal ? me : null;
    }

    @Override
    public int wake(int word, int count) {
        Place place = places[word];
        VarHandle.fullFence();
        int woken = 0;
        while (woken < count && place.mayHaveSleepers()) {
            place.lock();
            Sleeper chosen = place.pollLocked();
            place.unlock();
            if (chosen != null) {
                chosen.woken = true;
                LockSupport.unpark(chosen.thread);
                woken++;
            }
        }
        return woken;
    }
}

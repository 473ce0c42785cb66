package org.jfutex.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jfutex.WaitResult;
import org.jfutex.time.ClockId;
import org.jspecify.annotations.Nullable;

/**
 * A minimal form of the table's algorithm for two words, with a bug planted on request.
 *
 * <p>A test that passes on the library is meaningful only if it detects each of these bugs. Without a bug the mutant
 * must pass, so that a failure is due to the bug.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // under the lock, or a planted bug
final class MutantFutex implements Futexes {

    /** Bugs of real implementations. */
    enum Bug {
        NONE,
        /** The word is compared, then the lock taken, then the waiter queued. */
        COMPARES_BEFORE_THE_LOCK,
        /** The waiter counts itself after it has read the word, so a waker that has written the word may read zero. */
        COUNTS_AFTER_COMPARING,
        /** A requeue does not count at its target the waiters that it may move there. */
        TARGET_NOT_COUNTED,
        /** A requeue removes under one lock and adds under the other, and never holds both. */
        MOVES_IN_TWO_STEPS,
        /** A waiter that times out locks its queue, but does not check again that it is still in this queue. */
        NO_SECOND_CHECK,
        /** A waiter that times out does not check whether a wake came first. */
        GIVES_UP_ANYWAY,
        /** A wake leaves a permit at the word, which the next poller takes, even a late arrival. Chicory did so. */
        WAKE_LEAVES_A_PERMIT,
        /** The last waiter is woken first. */
        LAST_IN_FIRST_OUT,
        /** A wait on two words that was woken on one word stays queued on the other. */
        FORGETS_THE_OTHER_WORD,
        /** Any return from park counts as a wake. */
        BELIEVES_PARK,
        /**
         * The sleeper publishes its thread after it has checked for a wake, so the waker may find no thread to unpark.
         */
        SLEEPER_UNKNOWN
    }

    private final Bug bug;
    private final Words memory;
    private final Ticks clock;
    private final Queue[] queues = {new Queue(), new Queue()};

    MutantFutex(Bug bug, Words memory, Ticks clock) {
        this.bug = bug;
        this.memory = memory;
        this.clock = clock;
    }

    /** The waiters on one word. Its monitor is the lock. */
    private static final class Queue {
        volatile int waiters;
        final Deque<Entry> entries = new ArrayDeque<>(); // under "this"
        int permits; // under "this", for WAKE_LEAVES_A_PERMIT
    }

    private static final class Entry {
        final Wait wait;
        volatile Queue queue;
        volatile @Nullable WaitResult state;

        Entry(Wait wait, Queue queue) {
            this.wait = wait;
            this.queue = queue;
        }
    }

    private Queue queue(long address) {
        return queues[(int) (address / 4)];
    }

    @Override
    public Sleep prepare(long address) {
        return new Wait(address);
    }

    @Override
    public Sleep prepareBoth(long address, long other) {
        return new Wait(address, other);
    }

    /** Queues the waiter if the word is 0. Returns whether it was queued. */
    private boolean enqueue(Entry e, long address) {
        if (bug == Bug.COMPARES_BEFORE_THE_LOCK && memory.load(address) != 0) {
            return false;
        }
        Queue q = e.queue;
        synchronized (q) {
            int before = q.waiters;
            if (bug != Bug.COUNTS_AFTER_COMPARING) {
                q.waiters = before + 1;
            }
            if (bug != Bug.COMPARES_BEFORE_THE_LOCK && memory.load(address) != 0) {
                q.waiters = before;
                return false;
            }
            q.waiters = before + 1;
            q.entries.add(e);
            return true;
        }
    }

    @Override
    public int wake(long address, int count) {
        Queue q = queue(address);
        if (q.waiters == 0) {
            return 0;
        }
        List<Entry> woken = new ArrayList<>();
        synchronized (q) {
            if (bug == Bug.WAKE_LEAVES_A_PERMIT) {
                int more = Math.min(count, q.entries.size() - q.permits);
                q.permits += more;
                q.entries.forEach(e -> LockSupport.unpark(e.wait.sleeper));
                return more;
            }
            while (woken.size() < count && !q.entries.isEmpty()) {
                Entry e = bug == Bug.LAST_IN_FIRST_OUT ? q.entries.removeLast() : q.entries.removeFirst();
                end(q, e, WaitResult.WOKEN);
                woken.add(e);
            }
        }
        woken.forEach(e -> LockSupport.unpark(e.wait.sleeper));
        return woken.size();
    }

    private static void end(Queue q, Entry e, WaitResult how) {
        q.waiters = q.waiters - 1;
        e.state = how;
    }

    @Override
    public int requeue(long from, long to, int move) {
        Queue source = queue(from);
        Queue target = queue(to);
        if (bug == Bug.MOVES_IN_TWO_STEPS) {
            Entry e;
            synchronized (source) {
                e = memory.load(from) == 0 && move > 0 ? source.entries.pollFirst() : null;
            }
            return e == null ? 0 : move(e, source, target);
        }
        synchronized (queues[0]) {
            synchronized (queues[1]) {
                int held = bug == Bug.TARGET_NOT_COUNTED ? 0 : 1;
                target.waiters = target.waiters + held;
                int moved = 0;
                if (memory.load(from) == 0) {
                    for (Entry e; moved < move && (e = source.entries.pollFirst()) != null; ) {
                        moved += move(e, source, target);
                    }
                }
                target.waiters = target.waiters - held;
                return moved;
            }
        }
    }

    private static int move(Entry e, Queue source, Queue target) {
        synchronized (target) {
            target.waiters = target.waiters + 1;
            target.entries.add(e);
            e.queue = target;
        }
        synchronized (source) {
            source.waiters = source.waiters - 1;
        }
        return 1;
    }

    private void withdraw(Entry e, WaitResult how) {
        while (true) {
            Queue q = e.queue;
            synchronized (q) {
                if (q != e.queue && bug != Bug.NO_SECOND_CHECK) {
                    continue;
                }
                if (e.state == null) {
                    q.entries.remove(e);
                    end(q, e, how);
                } else if (bug == Bug.GIVES_UP_ANYWAY) {
                    e.state = how;
                }
                return;
            }
        }
    }

    private void takePermit(Entry e) {
        Queue q = e.queue;
        synchronized (q) {
            if (q.permits > 0 && q.entries.remove(e)) {
                q.permits--;
                end(q, e, WaitResult.WOKEN);
            }
        }
    }

    private final class Wait implements Sleep {

        private final List<Entry> entries = new ArrayList<>();
        volatile @Nullable Thread sleeper;

        Wait(long... addresses) {
            for (long address : addresses) {
                Entry e = new Entry(this, queue(address));
                entries.add(e);
                if (!enqueue(e, address)) {
                    e.state = WaitResult.VALUE_DIFFERS;
                    return;
                }
            }
        }

        @Override
        public @Nullable WaitResult poll() {
            for (Entry e : entries) {
                if (bug == Bug.WAKE_LEAVES_A_PERMIT && e.state == null) {
                    takePermit(e);
                }
                WaitResult state = e.state;
                if (state != null) {
                    return bug == Bug.FORGETS_THE_OTHER_WORD
                            ? state
                            : leave(state == WaitResult.WOKEN ? WaitResult.CANCELLED : state);
                }
            }
            return null;
        }

        /** Leaves all queues. A wake in any of them wins. */
        private WaitResult leave(WaitResult how) {
            WaitResult end = how;
            for (Entry e : entries) {
                withdraw(e, how);
            }
            for (Entry e : entries) {
                end = e.state == WaitResult.WOKEN ? WaitResult.WOKEN : end;
            }
            return end;
        }

        @SuppressWarnings("ThreadPriorityCheck") // makes the race of the bug likely
        @Override
        public WaitResult await(long until) throws InterruptedException {
            if (bug != Bug.SLEEPER_UNKNOWN) {
                sleeper = Thread.currentThread();
            }
            while (poll() == null) {
                if (bug == Bug.SLEEPER_UNKNOWN) {
                    Thread.yield(); // a wake at this point is lost
                }
                sleeper = Thread.currentThread();
                if (Thread.interrupted()) {
                    if (cancel() == WaitResult.CANCELLED) {
                        throw new InterruptedException();
                    }
                    return WaitResult.WOKEN;
                }
                long now = clock.nanos(ClockId.MONOTONIC);
                if (now >= until) {
                    return leave(WaitResult.TIMED_OUT);
                }
                park(now, until);
                if (bug == Bug.BELIEVES_PARK) {
                    return WaitResult.WOKEN;
                }
            }
            return Objects.requireNonNull(poll());
        }

        private void park(long now, long until) {
            if (until == NEVER) {
                LockSupport.park(this);
            } else {
                clock.park(this, ClockId.MONOTONIC, now, until);
            }
        }

        @Override
        public WaitResult cancel() {
            return leave(WaitResult.CANCELLED);
        }
    }
}

package org.jfutex.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jfutex.ClockId;
import org.jfutex.WaitResult;
import org.jspecify.annotations.Nullable;

/**
 * The table's algorithm for two words, as short as it can be, with a bug planted on request.
 *
 * <p>A tool that finds nothing in the library has proven something only if it finds each of these. Without a bug the twin must pass, so that
 * what fails is the bug and not the twin.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // under the lock, or a planted bug
final class MutantFutex implements Futexes {

    /** What implementations got wrong. */
    enum Bug {
        NONE,
        /** The word is compared, then the lock taken, then the waiter queued. */
        COMPARES_BEFORE_THE_LOCK,
        /** The waiter announces itself after it has read the word, so a waker that has written it may see nobody. */
        COUNTS_AFTER_COMPARING,
        /** A requeue does not announce at its target that waiters may be on their way. */
        TARGET_NOT_COUNTED,
        /** A requeue takes out under one lock and puts in under the other, and holds both at no time. */
        MOVES_IN_TWO_STEPS,
        /** Who gives up locks the queue in which it stood, and does not look again whether it still stands there. */
        NO_SECOND_LOOK,
        /** Who gives up does not ask whether a wake came first. */
        GIVES_UP_ANYWAY,
        /** A wake leaves a permit at the word, and whoever looks first takes it, a late arrival too: what Chicory did. */
        WAKE_FOR_WHOM_IT_MAY_CONCERN,
        /** The last who came is woken first. */
        LAST_IN_FIRST_OUT,
        /** A wait on two words that was woken on the one stays queued on the other. */
        FORGETS_THE_OTHER_WORD,
        /** Any return from park counts as a wake. */
        BELIEVES_PARK,
        /** The sleeper says who it is after it has looked whether it was woken, so the waker may find nobody to unpark. */
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

    /** Who waits on one word; its monitor is the lock. */
    private static final class Queue {
        volatile int waiters;
        final Deque<Entry> entries = new ArrayDeque<>(); // under "this"
        int permits; // under "this", for WAKE_FOR_WHOM_IT_MAY_CONCERN
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

    /** Whether the word is 0 and the waiter therefore queued. */
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
            if (bug == Bug.WAKE_FOR_WHOM_IT_MAY_CONCERN) {
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
                if (q != e.queue && bug != Bug.NO_SECOND_LOOK) {
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
                if (bug == Bug.WAKE_FOR_WHOM_IT_MAY_CONCERN && e.state == null) {
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

        /** Leaves all queues; a wake in any of them wins. */
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

        @SuppressWarnings("ThreadPriorityCheck") // a flaw that lasts is seen soon
        @Override
        public WaitResult await(long until) throws InterruptedException {
            if (bug != Bug.SLEEPER_UNKNOWN) {
                sleeper = Thread.currentThread();
            }
            while (poll() == null) {
                if (bug == Bug.SLEEPER_UNKNOWN) {
                    Thread.yield(); // here the wake comes that is lost
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

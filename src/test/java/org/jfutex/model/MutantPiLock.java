package org.jfutex.model;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.LockSupport;
import org.jfutex.PiResult;
import org.jfutex.time.ClockId;
import org.jspecify.annotations.Nullable;

/**
 * A minimal form of the algorithm for one lock with an owner, with a bug planted on request, like {@link MutantFutex}.
 */
final class MutantPiLock {

    /** Bugs that real implementations have, or could have. */
    enum Bug {
        NONE,
        /** A waiter that times out does not check whether the lock was handed off to it first. */
        GIVES_UP_ANYWAY,
        /** The next owner is notified before its id is in the word. */
        NOTIFIES_BEFORE_WRITING,
        /** The waiters bit is not set, so the owner unlocks without checking the queue. */
        WAITERS_NOT_SET,
        /** An unlock checks the queue and then frees the word, although a waiter may have arrived in between. */
        UNLOCKS_IN_TWO_STEPS,
        /** A locker checks that the owner is alive, then locks the queue, and does not check again. */
        JOINS_THE_DEAD,
        /** An exit hands off no lock. */
        DIES_WITHOUT_HAND_OFF,
        /** An exit hands off without OWNER_DIED, so the next owner trusts the data. */
        DIES_UNMARKED
    }

    static final int WAITERS = 0x8000_0000;
    static final int OWNER_DIED = 0x4000_0000;
    static final int TID_MASK = 0x3fff_ffff;

    private final Bug bug;
    private final Words memory;
    private final Ticks clock;
    private final Deque<Wait> queue = new ArrayDeque<>(); // under "this", the lock of the queue
    private volatile int dead; // the id of the only task that exits

    MutantPiLock(Bug bug, Words memory, Ticks clock) {
        this.bug = bug;
        this.memory = memory;
        this.clock = clock;
    }

    Locker locker(int tid) {
        return new Task(this, tid);
    }

    private static final class Wait {
        final int tid;
        final Thread sleeper = Thread.currentThread();
        volatile @Nullable PiResult state;

        Wait(int tid) {
            this.tid = tid;
        }
    }

    /** Acquires a free lock, or queues the waiter and returns null. */
    private synchronized @Nullable PiResult take(Wait w, long address, boolean alive) {
        while (true) {
            int word = memory.load(address);
            int owner = word & TID_MASK;
            if (owner == 0) {
                if (memory.compareAndExchange(address, word, w.tid | (word & OWNER_DIED)) == word) {
                    return PiResult.LOCKED;
                }
            } else if (queue.isEmpty() && owner == dead && !alive) {
                return PiResult.NO_OWNER;
            } else if (bug == Bug.WAITERS_NOT_SET || memory.compareAndExchange(address, word, word | WAITERS) == word) {
                queue.add(w);
                return null;
            }
        }
    }

    private PiResult lock(Wait w, long address, long until) throws InterruptedException {
        boolean alive = bug == Bug.JOINS_THE_DEAD && dead == 0;
        PiResult taken = take(w, address, alive);
        if (taken != null) {
            return taken;
        }
        for (PiResult end; ; ) {
            if ((end = w.state) != null) {
                return end;
            }
            if (Thread.interrupted()) {
                if (giveUp(w, PiResult.CANCELLED) == PiResult.CANCELLED) {
                    throw new InterruptedException();
                }
                return PiResult.LOCKED;
            }
            long now = clock.nanos(ClockId.MONOTONIC);
            if (now >= until) {
                return giveUp(w, PiResult.TIMED_OUT);
            }
            if (until == Futexes.NEVER) {
                LockSupport.park(this);
            } else {
                clock.park(this, ClockId.MONOTONIC, now, until);
            }
        }
    }

    private synchronized PiResult giveUp(Wait w, PiResult how) {
        PiResult end = w.state;
        if (end == null || bug == Bug.GIVES_UP_ANYWAY) {
            queue.remove(w);
            w.state = how;
            return how;
        }
        return end;
    }

    private PiResult unlock(int tid, long address) {
        if (bug == Bug.UNLOCKS_IN_TWO_STEPS && isEmpty()) {
            memory.store(address, 0);
            return PiResult.UNLOCKED;
        }
        return handOver(tid, address, WAITERS, 0);
    }

    private synchronized boolean isEmpty() {
        return queue.isEmpty();
    }

    /**
     * Stores the next owner's id in the word. If there is no waiter, stores {@code free}, unless that is the former
     * owner's id.
     */
    private PiResult handOver(int tid, long address, int flags, int free) {
        Wait next;
        synchronized (this) {
            if ((memory.load(address) & TID_MASK) != tid) {
                return PiResult.NOT_OWNER;
            }
            next = queue.pollFirst();
            if (next == null) {
                if (free != tid) {
                    memory.store(address, free);
                }
                return PiResult.UNLOCKED;
            }
            if (bug != Bug.NOTIFIES_BEFORE_WRITING) {
                memory.store(address, next.tid | flags);
            }
            next.state = PiResult.LOCKED;
        }
        LockSupport.unpark(next.sleeper);
        if (bug == Bug.NOTIFIES_BEFORE_WRITING) {
            memory.store(address, next.tid | flags);
        }
        return PiResult.UNLOCKED;
    }

    private void exit(int tid, long address) {
        dead = tid;
        if (bug != Bug.DIES_WITHOUT_HAND_OFF) {
            handOver(tid, address, WAITERS | (bug == Bug.DIES_UNMARKED ? 0 : OWNER_DIED), tid);
        }
    }

    private record Task(MutantPiLock mutant, int tid) implements Locker {

        @Override
        public PiResult tryLock(long address) {
            int word = mutant.memory.load(address);
            boolean free = (word & TID_MASK) == 0;
            return free && mutant.memory.compareAndExchange(address, word, tid | (word & OWNER_DIED)) == word
                    ? PiResult.LOCKED
                    : PiResult.WOULD_BLOCK;
        }

        @Override
        public PiResult lock(long address, long until) throws InterruptedException {
            return mutant.lock(new Wait(tid), address, until);
        }

        @Override
        public PiResult unlock(long address) {
            return mutant.unlock(tid, address);
        }

        @Override
        public void exit() {
            mutant.exit(tid, Scenario.A);
        }
    }
}

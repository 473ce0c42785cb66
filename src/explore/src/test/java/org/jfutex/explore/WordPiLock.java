package org.jfutex.explore;

import org.jfutex.WaitResult;

/** A minimal lock with an owner in the words of guests, with a bug planted on request, like {@link WordFutex}. */
final class WordPiLock {

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

    static final long WORD = 0;
    static final int WAITERS = 0x8000_0000;
    static final int OWNER_DIED = 0x4000_0000;
    static final int TID_MASK = 0x3fff_ffff;

    static final int LOCKED = 1;
    static final int TIMED_OUT = 2;
    static final int NO_OWNER = 3;

    private static final long QUEUE_LOCK = 32;
    private static final long QUEUED = 36; // the id of the only waiter
    private static final long DEAD = 40; // the id of the only task that exits
    private static final long STATE = 64; // of guest i at + 4 i; the waiter sleeps on it

    private final Bug bug;
    private final Guest g;
    private final int tid;

    WordPiLock(Bug bug, Guest g) {
        this.bug = bug;
        this.g = g;
        tid = g.index() + 1;
    }

    private void lockQueue() {
        while (!g.cas(QUEUE_LOCK, 0, 1)) {
            g.pause();
        }
    }

    private void unlockQueue() {
        g.store(QUEUE_LOCK, 0);
    }

    private long state(int id) {
        return STATE + 4L * id;
    }

    int lock(long nanos) {
        boolean alive = bug == Bug.JOINS_THE_DEAD && g.load(DEAD) == 0;
        int taken = take(alive);
        if (taken != 0) {
            return taken;
        }
        while (true) {
            int end = g.load(state(tid));
            if (end != 0) {
                return end;
            }
            if (g.await(state(tid), 0, -1, nanos) == WaitResult.TIMED_OUT) {
                return giveUp();
            }
        }
    }

    /** Acquires a free lock, or queues the waiter and returns 0. */
    private int take(boolean alive) {
        lockQueue();
        int result = 0;
        while (true) {
            int word = g.load(WORD);
            int owner = word & TID_MASK;
            if (owner == 0) {
                if (g.cas(WORD, word, tid | (word & OWNER_DIED))) {
                    result = LOCKED;
                    break;
                }
            } else if (!alive && owner == g.load(DEAD)) {
                result = NO_OWNER;
                break;
            } else if (bug == Bug.WAITERS_NOT_SET || g.cas(WORD, word, word | WAITERS)) {
                g.store(QUEUED, tid);
                break;
            }
        }
        unlockQueue();
        return result;
    }

    private int giveUp() {
        lockQueue();
        int end = g.load(state(tid));
        if (end == 0 || bug == Bug.GIVES_UP_ANYWAY) {
            g.store(QUEUED, 0);
            end = TIMED_OUT;
        }
        unlockQueue();
        return end;
    }

    void unlock() {
        if (bug == Bug.UNLOCKS_IN_TWO_STEPS) {
            lockQueue();
            boolean empty = g.load(QUEUED) == 0;
            unlockQueue();
            if (empty) {
                g.store(WORD, 0);
                return;
            }
        }
        handOver(WAITERS, 0);
    }

    private void handOver(int flags, int free) {
        lockQueue();
        int next = g.load(QUEUED);
        if (next == 0) {
            if (free != tid) {
                g.store(WORD, free);
            }
            unlockQueue();
            return;
        }
        g.store(QUEUED, 0);
        if (bug != Bug.NOTIFIES_BEFORE_WRITING) {
            g.store(WORD, next | flags);
        }
        g.store(state(next), LOCKED);
        unlockQueue();
        g.wake(state(next), 1);
        if (bug == Bug.NOTIFIES_BEFORE_WRITING) {
            g.store(WORD, next | flags);
        }
    }

    void exit() {
        g.store(DEAD, tid);
        if (bug != Bug.DIES_WITHOUT_HAND_OFF) {
            handOver(WAITERS | (bug == Bug.DIES_UNMARKED ? 0 : OWNER_DIED), tid);
        }
    }
}

package org.jfutex.explore;

/**
 * A minimal futex in the words of guests, for two addresses, with a bug planted on request. It has the bugs of the
 * mutant by which the library's own model tests are tested. Its waiters park on a permit, which is a word on which they
 * sleep.
 */
final class WordFutex {

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
        /** A wake leaves a permit at the word, which the next poller takes, even a late arrival. */
        WAKE_LEAVES_A_PERMIT,
        /** The last waiter is woken first. */
        LAST_IN_FIRST_OUT,
        /** A wait on two words that was woken on one word stays queued on the other. */
        FORGETS_THE_OTHER_WORD,
        /** Any return from park counts as a wake. */
        BELIEVES_PARK,
        /** The sleeper makes itself known after it has checked for a wake. */
        SLEEPER_UNKNOWN
    }

    static final long A = 0;
    static final long B = 4;

    // of queue q at + 16 q
    private static final long LOCK = 32;
    private static final long COUNT = 36;
    private static final long QUEUE = 40; // four bits for each entry, the first one lowest
    private static final long PERMITS = 44;

    // of guest i at + 16 i
    private static final long PERMIT = 64;
    private static final long KNOWN = 68;

    // of entry e at + 8 e; guest i has the entries 2 i and 2 i + 1
    private static final long STATE = 128;
    private static final long PLACE = 132;

    static final int WAITING = 0;
    static final int WOKEN = 1;
    static final int TIMED_OUT = 2;
    static final int VALUE_DIFFERS = 3;

    private final Bug bug;
    private final Guest g;
    private int entries; // of this guest's wait

    WordFutex(Bug bug, Guest g) {
        this.bug = bug;
        this.g = g;
    }

    private void lock(int q) {
        while (!g.cas(LOCK + 16L * q, 0, 1)) {
            g.pause();
        }
    }

    private void unlock(int q) {
        g.store(LOCK + 16L * q, 0);
    }

    private static int queue(long address) {
        return (int) (address / 4);
    }

    private int first() {
        return 2 * g.index();
    }

    private static int size(int packed) {
        return (35 - Integer.numberOfLeadingZeros(packed)) / 4;
    }

    private void push(int q, int entry) {
        int packed = g.load(QUEUE + 16L * q);
        g.store(QUEUE + 16L * q, packed | entry + 1 << 4 * size(packed));
    }

    /** Removes the first entry, or the last one; returns -1 if there is none. */
    private int pop(int q, boolean last) {
        int packed = g.load(QUEUE + 16L * q);
        if (packed == 0) {
            return -1;
        }
        int at = last ? size(packed) - 1 : 0;
        int entry = (packed >>> 4 * at & 15) - 1;
        remove(q, packed, at);
        return entry;
    }

    private void remove(int q, int packed, int at) {
        int below = packed & (1 << 4 * at) - 1;
        g.store(QUEUE + 16L * q, below | packed >>> 4 * at + 4 << 4 * at);
    }

    private boolean removeEntry(int q, int entry) {
        int packed = g.load(QUEUE + 16L * q);
        for (int at = 0; at < size(packed); at++) {
            if ((packed >>> 4 * at & 15) == entry + 1) {
                remove(q, packed, at);
                return true;
            }
        }
        return false;
    }

    // ---- wait

    /** Queues this guest on the addresses whose words are 0. */
    void prepare(long... addresses) {
        entries = 0;
        for (long address : addresses) {
            int e = first() + entries++;
            g.store(STATE + 8L * e, WAITING);
            g.store(PLACE + 8L * e, queue(address));
            if (!enqueue(e, address)) {
                g.store(STATE + 8L * e, VALUE_DIFFERS);
                return;
            }
        }
    }

    private boolean enqueue(int e, long address) {
        if (bug == Bug.COMPARES_BEFORE_THE_LOCK && g.load(address) != 0) {
            return false;
        }
        int q = queue(address);
        lock(q);
        if (bug != Bug.COUNTS_AFTER_COMPARING) {
            g.add(COUNT + 16L * q, 1);
        }
        if (bug != Bug.COMPARES_BEFORE_THE_LOCK && g.load(address) != 0) {
            if (bug != Bug.COUNTS_AFTER_COMPARING) {
                g.add(COUNT + 16L * q, -1);
            }
            unlock(q);
            return false;
        }
        if (bug == Bug.COUNTS_AFTER_COMPARING) {
            g.add(COUNT + 16L * q, 1);
        }
        push(q, e);
        unlock(q);
        return true;
    }

    /** Returns how the wait ended, WAITING while it lasts. */
    int poll() {
        for (int e = first(); e < first() + entries; e++) {
            if (bug == Bug.WAKE_LEAVES_A_PERMIT && g.load(STATE + 8L * e) == WAITING) {
                takePermit(e);
            }
            int state = g.load(STATE + 8L * e);
            if (state != WAITING) {
                return bug == Bug.FORGETS_THE_OTHER_WORD || entries == 1 ? state : leave(state);
            }
        }
        return WAITING;
    }

    private void takePermit(int e) {
        int q = g.load(PLACE + 8L * e);
        lock(q);
        if (g.load(PERMITS + 16L * q) > 0 && removeEntry(q, e)) {
            g.add(PERMITS + 16L * q, -1);
            end(q, e, WOKEN);
        }
        unlock(q);
    }

    /** Leaves all queues. A wake in any of them wins. */
    int leave(int how) {
        int end = how;
        for (int e = first(); e < first() + entries; e++) {
            withdraw(e, how == WOKEN ? TIMED_OUT : how);
        }
        for (int e = first(); e < first() + entries; e++) {
            end = g.load(STATE + 8L * e) == WOKEN ? WOKEN : end;
        }
        return end;
    }

    private void withdraw(int e, int how) {
        while (true) {
            int q = g.load(PLACE + 8L * e);
            lock(q);
            if (bug != Bug.NO_SECOND_CHECK && g.load(PLACE + 8L * e) != q) {
                unlock(q);
                continue;
            }
            if (g.load(STATE + 8L * e) == WAITING) {
                removeEntry(q, e);
                end(q, e, how);
            } else if (bug == Bug.GIVES_UP_ANYWAY && how == TIMED_OUT) {
                g.store(STATE + 8L * e, how);
            }
            unlock(q);
            return;
        }
    }

    private void end(int q, int e, int how) {
        g.add(COUNT + 16L * q, -1);
        g.store(STATE + 8L * e, how);
    }

    /** Sleeps until the wait has ended; a time limit that passes ends it. */
    int await(long nanos) {
        long known = KNOWN + 16L * g.index();
        if (bug != Bug.SLEEPER_UNKNOWN) {
            g.store(known, 1);
        }
        while (true) {
            int end = poll();
            if (end != WAITING) {
                return end;
            }
            if (bug == Bug.SLEEPER_UNKNOWN) {
                g.store(known, 1);
            }
            boolean late = park(nanos);
            if (bug == Bug.BELIEVES_PARK) {
                return WOKEN;
            }
            if (late) {
                return leave(TIMED_OUT);
            }
        }
    }

    private boolean park(long nanos) {
        long permit = PERMIT + 16L * g.index();
        boolean late = g.exchange(permit, 0) == 0 && g.await(permit, 0, -1, nanos) == org.jfutex.WaitResult.TIMED_OUT;
        g.store(permit, 0);
        return late;
    }

    // ---- wake

    private void unpark(int guest) {
        if (g.load(KNOWN + 16L * guest) != 0) {
            g.store(PERMIT + 16L * guest, 1);
            g.wake(PERMIT + 16L * guest, 1);
        }
    }

    int wake(long address, int count) {
        int q = queue(address);
        if (g.load(COUNT + 16L * q) == 0) {
            return 0;
        }
        lock(q);
        int woken = 0;
        int unparked = 0; // four bits for each
        if (bug == Bug.WAKE_LEAVES_A_PERMIT) {
            int packed = g.load(QUEUE + 16L * q);
            woken = Math.min(count, size(packed) - g.load(PERMITS + 16L * q));
            g.add(PERMITS + 16L * q, woken);
            unparked = packed;
        } else {
            for (int e; woken < count && (e = pop(q, bug == Bug.LAST_IN_FIRST_OUT)) >= 0; woken++) {
                end(q, e, WOKEN);
                unparked = unparked << 4 | e + 1;
            }
        }
        unlock(q);
        for (; unparked != 0; unparked >>>= 4) {
            unpark(((unparked & 15) - 1) / 2);
        }
        return woken;
    }

    /** Moves one waiter if the first word is 0. */
    int requeue(long from, long to) {
        int source = queue(from);
        int target = queue(to);
        if (bug == Bug.MOVES_IN_TWO_STEPS) {
            lock(source);
            int e = g.load(from) == 0 ? pop(source, false) : -1;
            unlock(source);
            if (e < 0) {
                return 0;
            }
            lock(target);
            add(e, target);
            unlock(target);
            lock(source);
            g.add(COUNT + 16L * source, -1);
            unlock(source);
            return 1;
        }
        lock(0);
        lock(1);
        int held = bug == Bug.TARGET_NOT_COUNTED ? 0 : 1;
        g.add(COUNT + 16L * target, held);
        int e = g.load(from) == 0 ? pop(source, false) : -1;
        if (e >= 0) {
            add(e, target);
            g.add(COUNT + 16L * source, -1);
        }
        g.add(COUNT + 16L * target, -held);
        unlock(1);
        unlock(0);
        return e < 0 ? 0 : 1;
    }

    private void add(int e, int target) {
        g.add(COUNT + 16L * target, 1);
        push(target, e);
        g.store(PLACE + 8L * e, target);
    }
}

package org.jfutex;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * A lock that somebody waits for: its owner, and the waiters in the order in which they will get it.
 *
 * <p>It exists as long as there are waiters; a lock without any is nothing but its word. Its lists are chained through their members, so
 * that nothing is allocated, and nothing can fail, once a change of owners and waiters has begun.
 *
 * <p>The last waiters of all ranks are chained, too, so that who comes passes ranks and not waiters: a million of those make nobody slow.
 */
final class PiState {

    /* Written under the bucket's lock and the PI lock, read under either. */

    /** Where the waiters stand; another one after a remap. */
    WaitQueue queue;

    PiTask owner;

    /* Under the PI lock. */

    private @Nullable PiWaiter first;
    private @Nullable PiWaiter last;

    /** Its neighbours among the owner's locks. */
    @Nullable
    PiState previousOwned;

    @Nullable
    PiState nextOwned;

    PiState(WaitQueue queue, PiTask owner) {
        this.queue = queue;
        this.owner = owner;
    }

    PiWaiter topLocked() {
        return requireNonNull(first);
    }

    boolean isEmptyLocked() {
        return first == null;
    }

    /** Puts a waiter behind all of its rank. */
    void addLocked(PiWaiter w, int rank) {
        PiWaiter lower = null;
        PiWaiter before = last;
        while (before != null && before.rank < rank) {
            lower = before;
            before = before.higher;
        }
        PiWaiter behind = before == null ? first : before.behind;
        w.rank = rank;
        linkLocked(before, w);
        linkLocked(w, behind);
        if (before != null && before.rank == rank) {
            PiWaiter higher = before.higher;
            before.higher = null;
            before.lower = null;
            linkRanksLocked(higher, w);
        } else {
            linkRanksLocked(before, w);
        }
        linkRanksLocked(w, lower);
    }

    void removeLocked(PiWaiter w) {
        PiWaiter before = w.before;
        PiWaiter behind = w.behind;
        if (behind == null || behind.rank != w.rank) { // the last of its rank; the one before may be of the same
            if (before != null && before.rank == w.rank) {
                linkRanksLocked(w.higher, before);
                linkRanksLocked(before, w.lower);
            } else {
                linkRanksLocked(w.higher, w.lower);
            }
            w.higher = null;
            w.lower = null;
        }
        linkLocked(before, behind);
        w.before = null;
        w.behind = null;
    }

    private static void linkRanksLocked(@Nullable PiWaiter higher, @Nullable PiWaiter lower) {
        if (higher != null) {
            higher.lower = lower;
        }
        if (lower != null) {
            lower.higher = higher;
        }
    }

    /** Makes two waiters neighbours, or one of them the end of the list. */
    private void linkLocked(@Nullable PiWaiter a, @Nullable PiWaiter b) {
        if (a == null) {
            first = b;
        } else {
            a.behind = b;
        }
        if (b == null) {
            last = a;
        } else {
            b.before = a;
        }
    }

    /** Goes where the word has gone; the waiters themselves are moved by the caller. */
    void moveLocked(WaitQueue target) {
        for (PiWaiter w = first; w != null; w = w.behind) {
            w.address += target.address - queue.address;
        }
        queue.pi = null;
        target.pi = this;
        queue = target;
    }
}

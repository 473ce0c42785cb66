package org.jfutex;

import org.jspecify.annotations.Nullable;

/**
 * Members in the order of their ranks, the highest first, and among equals the one who came first: who waits for a lock, and which locks a task owns. All is under the PI
 * lock.
 *
 * <p>It is chained through its members' places, so that nothing is allocated, and nothing can fail, once a change of owners and waiters has
 * begun. The last members of all ranks are chained, too, so that an addition passes ranks and not members. A rank is a priority of a task,
 * so there are at most {@value PiTask#MAX_PRIORITY} + 1 of them, and n members of distinct priorities cost 100 n steps, not n^2.
 */
final class Ranking<M> {

    /** Where a member stands. */
    static final class Place<M> {

        final M member;

        /** The member's rank when it was added last. */
        int rank;

        @Nullable
        Place<M> before;

        @Nullable
        Place<M> behind;

        /** The last of the next higher and of the next lower rank; null unless this is the last of its own. */
        @Nullable
        Place<M> higher;

        @Nullable
        Place<M> lower;

        Place(M member) {
            this.member = member;
        }
    }

    private @Nullable Place<M> first;
    private @Nullable Place<M> last;

    @Nullable
    Place<M> first() {
        return first;
    }

    boolean isEmpty() {
        return first == null;
    }

    /** Puts a member behind all of its rank. */
    void add(Place<M> p, int rank) {
        Place<M> lower = null;
        Place<M> before = last;
        while (before != null && before.rank < rank) {
            lower = before;
            before = before.higher;
        }
        Place<M> behind = before == null ? first : before.behind;
        p.rank = rank;
        link(before, p);
        link(p, behind);
        if (before != null && before.rank == rank) {
            Place<M> higher = before.higher;
            before.higher = null;
            before.lower = null;
            linkRanks(higher, p);
        } else {
            linkRanks(before, p);
        }
        linkRanks(p, lower);
    }

    void remove(Place<M> p) {
        Place<M> before = p.before;
        Place<M> behind = p.behind;
        if (behind == null || behind.rank != p.rank) { // the last of its rank; the one before may be of the same
            if (before != null && before.rank == p.rank) {
                linkRanks(p.higher, before);
                linkRanks(before, p.lower);
            } else {
                linkRanks(p.higher, p.lower);
            }
            p.higher = null;
            p.lower = null;
        }
        link(before, behind);
        p.before = null;
        p.behind = null;
    }

    private static <M> void linkRanks(@Nullable Place<M> higher, @Nullable Place<M> lower) {
        if (higher != null) {
            higher.lower = lower;
        }
        if (lower != null) {
            lower.higher = higher;
        }
    }

    /** Makes two members neighbours, or one of them the end of the list. */
    private void link(@Nullable Place<M> a, @Nullable Place<M> b) {
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
}

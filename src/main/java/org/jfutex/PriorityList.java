package org.jfutex;

import org.jspecify.annotations.Nullable;

/**
 * A list ordered by rank, the highest first, and by insertion among equals (a plist). It holds the waiters for a lock,
 * and the locks of a task. All accesses are under the PI lock.
 *
 * <p>The links are in the nodes of the members. So nothing is allocated, and nothing can fail, once a change of owners
 * and waiters has begun. The last nodes of all ranks are linked, too, so that an insertion visits ranks and not
 * members. A rank is a priority of a task, so there are at most {@value PiTask#MAX_PRIORITY} + 1 ranks, and inserting n
 * members of distinct priorities costs 100 n steps, not n^2.
 */
final class PriorityList<M> {

    /** The links of a member. */
    static final class Node<M> {

        final M member;

        /** The member's rank at its last insertion. */
        int rank;

        @Nullable
        Node<M> prev;

        @Nullable
        Node<M> next;

        /**
         * The last node of the next higher and of the next lower rank; null unless this is the last node of its own
         * rank.
         */
        @Nullable
        Node<M> prevRank;

        @Nullable
        Node<M> nextRank;

        Node(M member) {
            this.member = member;
        }
    }

    private @Nullable Node<M> first;
    private @Nullable Node<M> last;

    @Nullable
    Node<M> first() {
        return first;
    }

    boolean isEmpty() {
        return first == null;
    }

    /** Inserts a member behind all of its rank. */
    void add(Node<M> p, int rank) {
        Node<M> lower = null;
        Node<M> before = last;
        while (before != null && before.rank < rank) {
            lower = before;
            before = before.prevRank;
        }
        Node<M> behind = before == null ? first : before.next;
        p.rank = rank;
        link(before, p);
        link(p, behind);
        if (before != null && before.rank == rank) {
            Node<M> higher = before.prevRank;
            before.prevRank = null;
            before.nextRank = null;
            linkRanks(higher, p);
        } else {
            linkRanks(before, p);
        }
        linkRanks(p, lower);
    }

    void remove(Node<M> p) {
        Node<M> before = p.prev;
        Node<M> behind = p.next;
        if (behind == null || behind.rank != p.rank) { // the last of its rank; the one before may have this rank, too
            if (before != null && before.rank == p.rank) {
                linkRanks(p.prevRank, before);
                linkRanks(before, p.nextRank);
            } else {
                linkRanks(p.prevRank, p.nextRank);
            }
            p.prevRank = null;
            p.nextRank = null;
        }
        link(before, behind);
        p.prev = null;
        p.next = null;
    }

    private static <M> void linkRanks(@Nullable Node<M> higher, @Nullable Node<M> lower) {
        if (higher != null) {
            higher.nextRank = lower;
        }
        if (lower != null) {
            lower.prevRank = higher;
        }
    }

    /** Links two nodes as neighbours, or makes one of them an end of the list. */
    private void link(@Nullable Node<M> a, @Nullable Node<M> b) {
        if (a == null) {
            first = b;
        } else {
            a.next = b;
        }
        if (b == null) {
            last = a;
        } else {
            b.prev = a;
        }
    }
}

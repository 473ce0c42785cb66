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
final class PriorityList<M> {

    /** Where a member stands. */
    static final class Node<M> {

        final M member;

        /** The member's rank when it was added last. */
        int rank;

        @Nullable
        Node<M> prev;

        @Nullable
        Node<M> next;

        /** The last of the next higher and of the next lower rank; null unless this is the last of its own. */
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

    /** Puts a member behind all of its rank. */
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
        if (behind == null || behind.rank != p.rank) { // the last of its rank; the one before may be of the same
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

    /** Makes two members neighbours, or one of them the end of the list. */
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

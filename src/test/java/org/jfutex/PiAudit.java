package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Checks with all locks of a table held that its owners, waiters and priorities agree. */
final class PiAudit {

    private PiAudit() {}

    /** Checks a table and its tasks, and also the words unless a guest writes to them. */
    static void check(FutexTable table, Collection<PiTask> tasks, boolean words) {
        TableLocks.lockAll(table);
        table.inheritance.lock();
        try {
            for (Bucket b : table.buckets) {
                for (WaitQueue q : TableLocks.queuesLocked(b)) {
                    checkQueue(q, words);
                }
            }
            for (PiTask t : tasks) {
                checkTask(t);
            }
        } finally {
            table.inheritance.unlock();
            TableLocks.unlockAll(table);
        }
    }

    private static void checkQueue(WaitQueue q, boolean words) {
        int lockers = 0;
        for (Waiter w = q.head; w != null; w = w.next) {
            if (w instanceof PiWaiter p) {
                assertNull(p.ended());
                assertSame(p, p.task.pending);
                assertSame(p.kind == Waiter.Kind.LOCK_PI ? q.pi : null, p.pi);
                lockers += p.kind == Waiter.Kind.LOCK_PI ? 1 : 0;
            }
        }
        PiState state = PiState.of(q);
        assertEquals(lockers, state == null ? 0 : waiters(state));
        if (state != null) {
            assertSame(q, state.queue);
            assertTrue(lockers > 0);
            assertTrue(owns(state.owner, state));
            int word = q.memory.load(q.address);
            int tid = word & PiWord.TID_MASK;
            assertTrue(
                    !words || tid == state.owner.tid() || (tid == 0 && (word & PiWord.OWNER_DIED) != 0),
                    () -> Integer.toHexString(word) + " and " + state.owner);
        }
    }

    private static boolean owns(PiOwner task, PiState state) {
        PriorityList.Node<PiState> p = task.owned.first();
        while (p != null && p.member != state) {
            p = p.next;
        }
        return p != null;
    }

    /** Counts the waiters of a lock. */
    private static int waiters(PiState state) {
        int count = 0;
        PiWaiter top = state.topLocked();
        checkRanks(top.place);
        for (PriorityList.Node<PiWaiter> p = top.place; p != null; p = p.next) {
            assertSame(state, p.member.pi);
            count++;
        }
        return count;
    }

    /**
     * Checks that waiters are ordered by rank, and that the last node of each rank is linked to the neighbouring ranks.
     */
    private static <M> void checkRanks(PriorityList.@Nullable Node<M> first) {
        PriorityList.Node<M> higher = null;
        for (PriorityList.Node<M> p = first; p != null; p = p.next) {
            assertTrue(p.next == null || (p.next.prev == p && p.next.rank <= p.rank));
            if (p.next != null && p.next.rank == p.rank) {
                assertNull(p.prevRank);
                assertNull(p.nextRank);
            } else {
                assertSame(higher, p.prevRank);
                assertTrue(higher == null || higher.nextRank == p);
                higher = p;
            }
        }
        assertTrue(higher == null || higher.nextRank == null);
    }

    private static void checkTask(PiTask t) {
        int highest = t.priority();
        checkRanks(t.owned.first());
        for (PriorityList.Node<PiState> p = t.owned.first(); p != null; p = p.next) {
            PiState s = p.member;
            assertSame(t, s.owner);
            assertSame(s, s.queue.pi);
            assertEquals(s.topLocked().place.rank, p.rank);
            highest = Math.max(highest, s.topLocked().task.effectivePriority());
        }
        assertEquals(highest, t.effectivePriority(), t::toString);
        PiWaiter w = t.pending;
        if (w != null) {
            assertSame(t, w.task);
            assertNotNull(w.queue());
            if (w.pi != null) {
                assertEquals(t.effectivePriority(), w.place.rank);
                assertNotNull(t.table.inheritance.lastOwnerLocked(w.pi.owner), "the chain of owners must end");
            }
        }
    }
}

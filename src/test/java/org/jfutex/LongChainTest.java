package org.jfutex;

import static org.jfutex.PiInheritance.MAX_CHAIN;
import static org.jfutex.PiInheritance.MAX_VISITS;
import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.Deadline;
import org.junit.jupiter.api.Test;

/**
 * Long chains of owners and many waiters: the steps under one hold of the PI lock, and the state after a walk ends
 * early.
 */
class LongChainTest {

    private static final int LENGTH = 3 * MAX_CHAIN;

    /** The steps in addition to those of one walk: a waiter joins or leaves, a lock is handed over. */
    private static final int FEW = 4;

    private final Map<Integer, PiTask> tasks = new ConcurrentHashMap<>();
    private final FutexTable table =
            FutexTable.builder().buckets(4).tasks(tasks::get).build();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(1 << 20));

    private PiTask task(int tid) {
        return tasks.computeIfAbsent(tid, id -> new PiTask(table, id, memory));
    }

    private static long lockOf(int tid) {
        return 4L * tid;
    }

    private void lock(int tid, long address) {
        assertEquals(PiResult.LOCKED, task(tid).prepareLock(address, PRIVATE).poll());
    }

    private PiWait block(int tid, long address) {
        PiWait wait = task(tid).prepareLock(address, PRIVATE);
        assertNull(wait.poll());
        return wait;
    }

    /**
     * Builds a chain from its lower end. Each task holds a lock and waits for the lock of the task with the next lower
     * id; task 1 does not wait.
     */
    private void buildChain(int length) {
        for (int tid = 1; tid <= length; tid++) {
            lock(tid, lockOf(tid));
        }
        for (int tid = length; tid > 1; tid--) {
            block(tid, lockOf(tid - 1));
        }
    }

    /** Returns the distinct priorities of the tasks from one id down to another. */
    private List<Integer> effectivePriorities(int from, int to) {
        List<Integer> all = new ArrayList<>();
        for (int tid = from; tid >= to; tid--) {
            all.add(task(tid).effectivePriority());
        }
        return all.stream().distinct().toList();
    }

    private long steps() {
        table.inheritance.lock();
        try {
            return table.inheritance.stepsLocked();
        } finally {
            table.inheritance.unlock();
        }
    }

    /** Returns the largest number of steps during one hold of the PI lock. */
    private long mostSteps() {
        table.inheritance.lock();
        try {
            return table.inheritance.mostStepsLocked();
        } finally {
            table.inheritance.unlock();
        }
    }

    /** Checks the invariants that hold for all tasks even after walks have ended early: see PiInheritance. */
    private static void assertRanksAgree(Collection<PiTask> all) {
        for (PiTask t : all) {
            int highest = t.priority();
            for (PriorityList.Node<PiState> p = t.owned.first(); p != null; p = p.next) {
                assertEquals(p.member.topLocked().place.rank, p.rank);
                highest = Math.max(highest, p.rank);
            }
            assertEquals(highest, t.effectivePriority(), t::toString);
        }
    }

    // ---- the walk

    @Test
    void setPriorityAtTheLowerEnd_changesTasksThroughAtMostMaxChainLocks() {
        buildChain(LENGTH);
        task(LENGTH).setPriority(30);
        assertEquals(List.of(30), effectivePriorities(LENGTH, LENGTH - MAX_CHAIN));
        assertEquals(List.of(0), effectivePriorities(LENGTH - MAX_CHAIN - 1, 1));
        assertEquals(MAX_CHAIN, mostSteps());
        assertRanksAgree(tasks.values());
    }

    /** The task at which the walk ended repairs its own rank, and the walk continues from there. */
    @Test
    void setPriority_nearerToUpperEnd_continuesWalk() {
        buildChain(LENGTH);
        task(LENGTH).setPriority(30);
        PiTask border = task(LENGTH - MAX_CHAIN);
        border.setPriority(0);
        assertEquals(List.of(30), effectivePriorities(LENGTH, LENGTH - 2 * MAX_CHAIN));
        assertEquals(List.of(0), effectivePriorities(LENGTH - 2 * MAX_CHAIN - 1, 1));
        assertEquals(MAX_CHAIN, mostSteps());
        assertRanksAgree(tasks.values());
    }

    @Test
    void priorityThatFalls_leavesTheTasksBeyondAsTheyWere() {
        for (int tid = 1; tid <= LENGTH; tid++) {
            lock(tid, lockOf(tid));
        }
        task(LENGTH).setPriority(30);
        for (int tid = LENGTH; tid > 1; tid--) {
            block(tid, lockOf(tid - 1));
        }
        assertEquals(List.of(30), effectivePriorities(LENGTH, 1));
        task(LENGTH).setPriority(0);
        assertEquals(List.of(0), effectivePriorities(LENGTH, LENGTH - MAX_CHAIN));
        assertEquals(List.of(30), effectivePriorities(LENGTH - MAX_CHAIN - 1, 1));
        assertRanksAgree(tasks.values());
    }

    @Test
    void joinAndCancelAtTheLowerEnd_makeBoundedSteps() {
        buildChain(MAX_CHAIN + 1);
        PiTask newcomer = task(50_000);
        newcomer.setPriority(40);
        PiWait wait = block(50_000, lockOf(MAX_CHAIN + 1));
        assertEquals(List.of(40), effectivePriorities(MAX_CHAIN + 1, 1));
        assertEquals(PiResult.CANCELLED, wait.cancel());
        assertEquals(List.of(0), effectivePriorities(MAX_CHAIN + 1, 1));
        assertTrue(
                mostSteps() <= 2 * MAX_CHAIN + FEW,
                () -> mostSteps() + " steps"); // the search for a cycle and the walk
    }

    @Test
    void waitForOwnerAtLowerEnd_isRejectedWithinMaxChainSteps() {
        buildChain(LENGTH);
        PiTask newcomer = task(50_000);
        newcomer.setPriority(40);
        assertEquals(
                PiResult.DEADLOCK, newcomer.prepareLock(lockOf(LENGTH), PRIVATE).poll());
        assertEquals(List.of(0), effectivePriorities(LENGTH, 1));
        block(50_000, lockOf(MAX_CHAIN)); // here the rest of the chain is short enough
        assertEquals(List.of(40), effectivePriorities(MAX_CHAIN, 1));
        assertTrue(mostSteps() <= 2 * MAX_CHAIN + FEW, () -> mostSteps() + " steps");
    }

    /** The first waiter's rank is higher than its task's priority, because a walk ended at it. */
    @Test
    void handOver_taskWithOutdatedRank_inheritsFromOtherWaiters() {
        int border = 500;
        int lowest = border + MAX_CHAIN;
        buildChain(lowest);
        task(lowest).setPriority(30);
        task(border).setPriority(0); // continues the walk beyond the border
        task(lowest).setPriority(0);
        task(60_000).setPriority(20);
        // waits with the task at the border, whose waiter has rank 30 and whose priority is 0
        block(60_000, lockOf(border - 1));
        assertEquals(0, task(border).effectivePriority());
        assertEquals(30, task(border - 1).effectivePriority());
        assertEquals(PiResult.UNLOCKED, task(border - 1).unlock(lockOf(border - 1), PRIVATE));
        assertEquals(border, memory.load(lockOf(border - 1)) & PiTask.MAX_TID);
        assertEquals(20, task(border).effectivePriority());
        assertEquals(0, task(border - 1).effectivePriority());
        assertRanksAgree(tasks.values());
    }

    @Test
    void longChain_isEmptyAfterAllTasksHaveExited() {
        buildChain(LENGTH);
        task(LENGTH).setPriority(30);
        for (int tid = 1; tid <= LENGTH; tid++) {
            task(tid).exit();
            assertTrue(task(tid).owned.isEmpty());
            assertEquals(task(tid).priority(), task(tid).effectivePriority());
        }
        assertEquals(0, table.waiters().size());
        assertTrue(mostSteps() <= 2 * MAX_CHAIN + FEW, () -> mostSteps() + " steps");
    }

    // ---- the requeue

    @Test
    void requeueOfManyToAnOwnerUnderAChain_walksTheChainOnce() {
        int length = 500;
        int crowd = 300;
        long condition = 4L * 40_000;
        buildChain(length);
        for (int i = 0; i < crowd; i++) {
            PiWait wait = task(40_000 + i).prepareWaitRequeue(condition, 0, lockOf(length), PRIVATE);
            assertNull(wait.poll());
            task(40_000 + i)
                    .setPriority(i % 100); // after it was queued, so that the priorities rise from one to the next
        }
        long before = steps();
        assertEquals(
                new PiRequeueResult(PiResult.REQUEUED, 0, crowd),
                table.compareAndRequeuePi(memory, condition, lockOf(length), PRIVATE, crowd, 0));
        long made = steps() - before;
        assertEquals(List.of(99), effectivePriorities(length, 1));
        assertTrue(made <= crowd + 2L * length + FEW, () -> made + " steps");
        PiAudit.check(table, tasks.values(), true);
    }

    /** The waiter that would close a cycle is not the first one, and those before it have raised the whole chain. */
    @Test
    void requeue_closesCycle_isRejectedAfterOthersWereMoved() {
        long condition = 4L * 40_000;
        buildChain(3);
        task(40_000).setPriority(50);
        assertNull(task(40_000)
                .prepareWaitRequeue(condition, 0, lockOf(3), PRIVATE)
                .poll());
        assertNull(task(1).prepareWaitRequeue(condition, 0, lockOf(3), PRIVATE).poll());
        assertEquals(
                new PiRequeueResult(PiResult.DEADLOCK, 0, 1),
                table.compareAndRequeuePi(memory, condition, lockOf(3), PRIVATE, 9, 0));
        assertEquals(List.of(50), effectivePriorities(3, 1));
        PiAudit.check(table, tasks.values(), true);
    }

    // ---- many locks, waiters and listeners

    @Test
    void exitOfAnOwnerOfManyContendedLocks_makesFewStepsAtATime() {
        int locks = 100_000;
        for (int i = 0; i < locks; i++) {
            lock(1, 4L * i);
            task(2 + i).setPriority(i % 100);
            block(2 + i, 4L * i);
        }
        assertEquals(99, task(1).effectivePriority());
        task(1).exit();
        assertTrue(task(1).owned.isEmpty());
        assertEquals(0, table.waiters().size());
        assertTrue(mostSteps() <= FEW, () -> mostSteps() + " steps");
    }

    /** A memory that can be read but not written. */
    private record ReadOnly(FlatMemory object) implements FutexMemory {

        @Override
        public int load(long address) {
            return object.load(address);
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            if (object.load(address) == desired) {
                return desired; // the word is already marked
            }
            throw new MemoryFaultException(address, Access.WRITE);
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            return object.sharedKey(address, access);
        }
    }

    @Test
    void exitWithManyHeirsThatCannotWrite_releasesTheLockInBetween() {
        FlatMemory object = FlatMemory.shared(ByteBuffer.allocateDirect(64));
        PiTask owner = new PiTask(table, 1, object);
        tasks.put(1, owner);
        assertEquals(PiResult.LOCKED, owner.prepareLock(0, Scope.SHARED).poll());
        assertEquals(
                PiResult.TIMED_OUT,
                Threads.unchecked(() -> new PiTask(table, 2, object).lock(0, Scope.SHARED, Deadline.after(0))));
        List<PiWait> waits = new ArrayList<>();
        for (int i = 0; i < 10 * MAX_VISITS; i++) {
            PiWait wait = new PiTask(table, 10 + i, new ReadOnly(object)).prepareLock(0, Scope.SHARED);
            assertNull(wait.poll());
            waits.add(wait);
        }
        owner.exit();
        for (PiWait wait : waits) {
            assertEquals(PiResult.FAULT, wait.poll());
        }
        assertEquals(0, table.waiters().size());
        assertTrue(mostSteps() <= FEW * MAX_VISITS, () -> mostSteps() + " steps");
    }

    @Test
    void manyChangesWithNothingToReport_areVisitedFewAtATime() {
        int crowd = 10 * MAX_VISITS;
        List<Integer> reported = new ArrayList<>();
        table.suspendPriorityEvents();
        for (int i = 0; i < crowd; i++) {
            PiTask t = PiTask.listened(table, 1 + i, memory, (task, priority) -> reported.add(priority));
            t.setPriority(7);
            if (i < crowd - 1) {
                t.setPriority(0);
            }
        }
        table.resumePriorityEvents();
        assertEquals(List.of(7), reported);
        assertTrue(mostSteps() <= MAX_VISITS, () -> mostSteps() + " steps");
    }
}

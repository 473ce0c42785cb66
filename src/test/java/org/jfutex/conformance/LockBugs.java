package org.jfutex.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jfutex.FutexTable;
import org.jfutex.MixedWaitersException;
import org.jfutex.PiResult;
import org.jfutex.PiTask;
import org.jfutex.PiWait;
import org.jfutex.Scope;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests for reported faults of locks with an owner (PI and robust futexes). Each test cites its reports. */
@Timeout(120)
interface LockBugs extends Subject {

    /** Bit 30 of a lock's word: FUTEX_OWNER_DIED. */
    int OWNER_DIED = 0x4000_0000;

    /** Three tasks of the memory, and their table. */
    record Tasks(VirtualClock clock, FutexTable table, PiTask one, PiTask two, PiTask three) {

        static Tasks of(Subject subject) {
            Map<Integer, PiTask> tasks = new ConcurrentHashMap<>();
            VirtualClock clock = new VirtualClock();
            FutexTable table =
                    FutexTable.builder().clock(clock).tasks(tasks::get).build();
            for (int tid = 1; tid <= 3; tid++) {
                tasks.put(tid, new PiTask(table, tid, subject.memory()));
            }
            List<PiTask> all = List.copyOf(new TreeMap<>(tasks).values());
            return new Tasks(clock, table, all.get(0), all.get(1), all.get(2));
        }
    }

    /**
     * lat-opensource/lat 477: FUTEX_LOCK_PI2 is missing, whose deadline is a point of the clock that the caller
     * chooses.
     */
    @ParameterizedTest
    @EnumSource
    default void lockDeadlineUsesItsOwnClock(Scope scope) {
        Tasks t = Tasks.of(this);
        assertEquals(PiResult.LOCKED, t.one().tryLock(base(), scope));
        PiWait monotonic = t.two().prepareLock(base(), scope);
        PiWait realtime = t.three().prepareLock(base(), scope);
        monotonic.asStage(Deadline.at(ClockId.MONOTONIC, 7));
        realtime.asStage(Deadline.at(ClockId.REALTIME, 1_000_000_000_005L));
        t.clock().setRealtime(1_000_000_000_000L);
        t.clock().advance(4);
        assertNull(realtime.poll());
        t.clock().advance(1);
        assertEquals(PiResult.TIMED_OUT, realtime.poll());
        t.clock().advance(1);
        assertNull(monotonic.poll());
        t.clock().advance(1);
        assertEquals(PiResult.TIMED_OUT, monotonic.poll());
        assertEquals(PiResult.UNLOCKED, t.one().unlock(base(), scope));
        assertEquals(0, memory().load(base()));
    }

    /** sysprog21/elfuse 350: errors differ from those of Linux, or are missing. */
    @ParameterizedTest
    @EnumSource
    default void invalidLockIsRejectedAsInLinux(Scope scope) {
        Tasks t = Tasks.of(this);
        assertEquals(PiResult.NOT_OWNER, t.one().unlock(base(), scope));
        assertEquals(PiResult.LOCKED, t.one().prepareLock(base(), scope).poll());
        assertEquals(PiResult.DEADLOCK, t.one().prepareLock(base(), scope).poll());
        assertEquals(PiResult.DEADLOCK, t.one().tryLock(base(), scope));
        assertEquals(PiResult.NOT_OWNER, t.two().unlock(base(), scope));
        assertEquals(t.one().tid(), memory().load(base()));
        memory().getAndSet(base(), 999);
        assertEquals(PiResult.NO_OWNER, t.one().prepareLock(base(), scope).poll());
        assertEquals(List.of(), t.table().waiters());
    }

    /** sysprog21/elfuse 348: a plain wake or requeue dequeues a waiter of a PI lock. */
    @ParameterizedTest
    @EnumSource
    default void plainWakeAndRequeueRejectPiWaiters(Scope scope) {
        Tasks t = Tasks.of(this);
        assertEquals(PiResult.LOCKED, t.one().tryLock(base(), scope));
        PiWait wait = t.two().prepareLock(base(), scope);
        assertThrows(MixedWaitersException.class, () -> t.table().wake(memory(), base(), scope, 1));
        assertThrows(MixedWaitersException.class, () -> t.table().requeue(memory(), base(), word(8), scope, 0, 1));
        assertNull(wait.poll());
        assertEquals(PiResult.UNLOCKED, t.one().unlock(base(), scope));
        assertEquals(PiResult.LOCKED, wait.poll());
    }

    /** sysprog21/elfuse 173: a lock whose owner died without registering it is acquired without an error. */
    @ParameterizedTest
    @EnumSource
    default void unregisteredLockOfDeadOwnerIsRejected(Scope scope) {
        Tasks t = Tasks.of(this);
        assertEquals(PiResult.LOCKED, t.one().tryLock(base(), scope));
        t.one().exit();
        assertEquals(t.one().tid(), memory().load(base()));
        assertEquals(PiResult.NO_OWNER, t.two().prepareLock(base(), scope).poll());
    }

    /**
     * OpenHFT/Chronicle-Map 36, 63, 79, 99 and 149, FEX-Emu/FEX 802 and 809, ptitSeb/box86 976 and 1034: if the owner
     * of a lock dies, the lock stays locked for ever.
     */
    @ParameterizedTest
    @EnumSource
    default void registeredLockOfDeadOwnerGoesToNextWaiter(Scope scope) {
        Tasks t = Tasks.of(this);
        for (long lock : new long[] {word(0), word(1)}) {
            t.one().addRobust(lock);
            assertEquals(PiResult.LOCKED, t.one().tryLock(lock, scope));
        }
        PiWait wait = t.two().prepareLock(word(0), scope);
        assertNull(wait.poll());
        t.one().exit();
        assertEquals(PiResult.LOCKED, wait.poll());
        assertEquals(PiResult.LOCKED, t.three().prepareLock(word(1), scope).poll());
        for (PiTask heir : List.of(t.two(), t.three())) {
            int held = memory().load(word(heir == t.two() ? 0 : 1));
            assertEquals(OWNER_DIED | heir.tid(), held & (OWNER_DIED | PiTask.MAX_TID));
        }
    }
}

package org.jfutex.linux;

import static org.jfutex.linux.Machine.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jfutex.FutexTable;
import org.jfutex.key.Access;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.MemoryFile;
import org.jfutex.time.ClockId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Repeats the scenarios of the kernel's futex selftests. */
class SelftestScenariosTest {

    private static final long FILE = 0x100_0000;

    private final Machine m = new Machine();

    private MapRequest file(int size) {
        return MapRequest.file(new MemoryFile("file", size).open(Access.WRITE), 0, 4096)
                .at(FILE);
    }

    // ---- wait and wake

    @ParameterizedTest
    @CsvSource({"private, 128", "anonymous shared, 0", "file, 0"})
    void threadInWaitIsWokenByOne(String where, int flag) {
        long at = where.equals("private") ? P : where.equals("file") ? FILE : S;
        m.space.map(file(4).shared());
        Sleeper<Long> sleeper = Sleeper.of(() -> m.futex(m.task.newThread(), at, WAIT | flag, 0))
                .asleep();
        assertEquals(1, m.futex(at, WAKE | flag, 1));
        assertEquals(0, sleeper.result());
    }

    @Test
    void untouchedHeapReadsZeroAndDiffersFromOne() {
        assertEquals(-Errno.EAGAIN, m.futex(P + 8192, WAIT, 1));
    }

    @Test
    void wait_onCopiedPage_isWokenAfterAWrite() {
        MemoryFile program = new MemoryFile("program", 4096);
        m.space.map(
                MapRequest.file(program.open(Access.WRITE), 0, 4096).shared().at(FILE + 4096));
        m.store(FILE + 4096, 1);
        m.space.map(MapRequest.file(program.open(Access.READ), 0, 4096).at(FILE));
        FutexCall call = m.sleeper(FILE, WAIT, 1);
        m.store(FILE, 2); // the wait has copied the page; otherwise this write would replace the page of its word
        assertEquals(1, m.futex(FILE, WAKE, 1));
        assertEquals(0, call.result());
        assertEquals(1, m.load(FILE + 4096));
    }

    @Test
    void wait_otherValue_returnsEagain() {
        assertEquals(-Errno.EAGAIN, m.futex(P, WAIT | PRIVATE_FLAG, 1));
        assertEquals(-Errno.EAGAIN, m.calls.futexWaitv(m.task, m.waitv(1, P, U32_PRIVATE), 1, 0, 0, 0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "WAIT",
                "BITSET",
                "BITSET realtime",
                "REQUEUE_PI",
                "REQUEUE_PI realtime",
                "LOCK_PI",
                "LOCK_PI2",
                "LOCK_PI2 realtime",
                "waitv",
                "waitv realtime",
                "futex_wait",
                "futex_wait realtime"
            })
    void everyWaitTimesOut(String what) {
        m.store(S, m.task.newThread().tid());
        long t = m.timespec(0, 100_000);
        boolean realtime = what.endsWith("realtime");
        int flag = realtime ? REALTIME_FLAG : 0;
        int clock = realtime ? CLOCK_REALTIME : CLOCK_MONOTONIC;
        String op = what.replace(" realtime", "");
        FutexCall call = switch (op) {
            case "WAIT" -> m.start(m.task, P, WAIT, 0, t, 0, 0);
            case "BITSET" -> m.start(m.task, P, WAIT_BITSET | flag, 0, t, 0, 1);
            case "REQUEUE_PI" -> m.start(m.task, P, WAIT_REQUEUE_PI | flag, 0, t, S, 0);
            case "LOCK_PI" -> m.start(m.task, S, LOCK_PI, 0, t, 0, 0);
            case "LOCK_PI2" -> m.start(m.task, S, LOCK_PI2 | flag, 0, t, 0, 0);
            case "waitv" -> m.calls.prepareFutexWaitv(m.task, m.waitv(0, P, U32), 1, 0, t, clock);
            default -> m.calls.prepareFutexWait(m.task, P, 0, 1, U32, t, clock);
        };
        Sleeper<Long> sleeper = Sleeper.of(call::await).asleep();
        m.clock.advance(100_000);
        assertEquals(-Errno.ETIMEDOUT, sleeper.result());
    }

    // ---- requeue

    @Test
    void oneWaiterIsMovedAndWokenThere() {
        FutexCall call = m.sleeper(P, WAIT, 0);
        assertEquals(1, m.futex(P, CMP_REQUEUE, 0, 1, P + 4, 0));
        assertEquals(1, m.futex(P + 4, WAKE, 1));
        assertEquals(0, call.result());
    }

    @Test
    void threeOfTenWakeAndSevenMove() {
        IntStream.range(0, 10).forEach(i -> m.sleeper(P, WAIT, 0));
        assertEquals(10, m.futex(P, CMP_REQUEUE, 3, 7, P + 4, 0));
        assertEquals(7, m.futex(P + 4, WAKE, ALL));
    }

    @Test
    void requeueToPiLock_plainWaiter_isRejected() {
        FutexCall call = m.sleeper(P, WAIT, 0);
        assertEquals(-Errno.EINVAL, m.futex(P, CMP_REQUEUE_PI, 1, 0, P + 4, 0));
        assertEquals(1, m.futex(P, WAKE, 1));
        assertEquals(0, call.result());
    }

    static Stream<Arguments> conditions() {
        return LongStream.of(0, 5_000, 500_000, 2_000_000_000)
                .boxed()
                .flatMap(nanos -> Stream.of("none", "waker", "third")
                        .flatMap(holder -> Stream.of(false, true).map(all -> Arguments.of(all, holder, nanos))));
    }

    /**
     * Ten real-time waiters are signalled one by one or together, with a free or held lock, with or without deadlines.
     */
    @ParameterizedTest(name = "broadcast {0}, held by {1}, {2} ns")
    @MethodSource("conditions")
    void everyConditionWaiter_ownsTheLockOrTimesOut(boolean broadcast, String holder, long nanos) {
        TaskTable tasks = new TaskTable(FutexTable.builder());
        FutexCalls calls = new FutexCalls(tasks);
        Task waker = tasks.spawn(m.space);
        long lock = S;
        long cond = S + 64;
        List<Sleeper<Long>> waiters = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Task task = waker.newThread();
            task.setPriority(1 + i % 3);
            long deadline = tasks.table().clock().nanos(ClockId.MONOTONIC) + nanos;
            long time = nanos == 0 ? 0 : m.timespec(deadline / 1_000_000_000, deadline % 1_000_000_000);
            waiters.add(Sleeper.of(() -> {
                long result = calls.futex(task, cond, WAIT_REQUEUE_PI, 0, time, lock, 0);
                return result != 0 ? result : calls.futex(task, lock, UNLOCK_PI, 0, 0, 0, 0);
            }));
        }
        if (nanos == 0) {
            waiters.forEach(Sleeper::asleep);
        }
        Task third = waker.newThread();
        Task held = holder.equals("waker") ? waker : holder.equals("third") ? third : null;
        if (held != null) {
            assertEquals(0, calls.futex(held, lock, LOCK_PI, 0, 0, 0, 0));
        }
        long moved = 0;
        for (int i = 0; i < (broadcast ? 1 : 10); i++) {
            long result = calls.futex(waker, cond, CMP_REQUEUE_PI, 1, broadcast ? ALL : 0, lock, 0);
            assertTrue(result >= 0, () -> Errno.name((int) result));
            moved += result;
        }
        if (nanos == 0) {
            assertEquals(10, moved);
        }
        if (held != null) {
            assertEquals(0, calls.futex(held, lock, UNLOCK_PI, 0, 0, 0, 0));
        }
        int owned = 0;
        for (Sleeper<Long> waiter : waiters) {
            long result = waiter.result();
            assertTrue(result == 0 || (nanos > 0 && result == -Errno.ETIMEDOUT), () -> Errno.name((int) result));
            owned += result == 0 ? 1 : 0;
        }
        assertTrue(owned <= moved);
        assertEquals(0, m.load(lock) & TaskTable.MAX_TID);
    }

    // ---- robust lists

    @Test
    void ownerExit_waiter_ownsLock() {
        Task child = m.task.fork(m.space.fork());
        long head = P;
        long word = S;
        child.memory().getAndSet(head, (int) word + 8);
        child.memory().getAndSet(head + 8, -8);
        child.memory().getAndSet(head + 12, -1);
        child.memory().getAndSet(word + 8, (int) head);
        assertEquals(0, m.calls.setRobustList(child, head, 24));
        m.store(word, child.tid() | WAITERS);
        Sleeper<Long> waiter = Sleeper.of(() -> m.futex(m.task, word, WAIT, child.tid() | WAITERS))
                .asleep();
        child.exitGroup();
        assertEquals(0, waiter.result());
        assertEquals(WAITERS | OWNER_DIED, m.load(word));
    }

    @Test
    void tenLocksWithTenWaitersAreAllReleased() {
        Task owner = m.task.newThread();
        m.storeLong(P + 8, -8);
        long at = P;
        List<FutexCall> waiters = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            long entry = S + 64L * i + 8;
            m.storeLong(at, entry);
            at = entry;
            m.store(entry - 8, owner.tid() | WAITERS);
            waiters.add(m.sleeper(entry - 8, WAIT, owner.tid() | WAITERS));
        }
        m.storeLong(at, P);
        m.calls.setRobustList(owner, P, 24);
        owner.exit();
        waiters.forEach(w -> assertEquals(0, w.result()));
    }

    @Test
    void lock_racingWithTheOwnersExit_isAcquiredOrReturnsEsrch() {
        for (int i = 0; i < 1000; i++) {
            Task owner = m.task.newThread();
            assertEquals(0, m.futex(owner, S, LOCK_PI, 0));
            Task locker = m.task.newThread();
            Sleeper<Long> race = Sleeper.of(() -> m.futex(locker, S, LOCK_PI, 0));
            owner.exit();
            long result = race.result();
            if (result == 0) {
                assertEquals(locker.tid(), m.load(S) & TaskTable.MAX_TID);
            } else {
                assertEquals(-Errno.ESRCH, result);
            }
            locker.exit();
            m.store(S, 0);
        }
    }
}

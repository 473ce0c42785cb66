package org.jfutex.linux;

import static org.jfutex.linux.Machine.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.jfutex.FutexTable;
import org.jfutex.key.Access;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.MemoryFile;
import org.jfutex.memory.Protection;
import org.jfutex.time.ClockId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Repeats the scenarios of the futex tests of the Linux Test Project. */
class LtpScenariosTest {

    private final Machine m = new Machine();

    private static long finished(List<FutexCall> calls) {
        return calls.stream().filter(FutexCall::isDone).count();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, PRIVATE_FLAG})
    void wait_matchingValueTimesOut_otherValueDiffers(int flag) {
        FutexCall call = m.start(m.task, P, WAIT | flag, 0, m.timespec(0, 10_000), 0, 0);
        m.clock.advance(10_000);
        assertEquals(-Errno.ETIMEDOUT, call.result());
        assertEquals(-Errno.EAGAIN, m.futex(P, WAIT | flag, 1, m.timespec(0, 10_000), 0, 0));
    }

    @Test
    void childWakesItsParentThroughSharedMemory() {
        Sleeper<Long> parent = Sleeper.of(() -> m.futex(S, WAIT, 0)).asleep();
        Task child = m.task.fork(m.space.fork());
        assertEquals(1, m.futex(child, S, WAKE, 1));
        assertEquals(0, parent.result());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 100_000, 1_000_000, 20_000_000})
    void noTimeoutIsEarlyOnTheSystemsClock(long nanos) {
        TaskTable tasks = new TaskTable(FutexTable.builder());
        FutexCalls calls = new FutexCalls(tasks);
        Task task = tasks.spawn(m.space);
        long start = System.nanoTime();
        assertEquals(-Errno.ETIMEDOUT, calls.futex(task, P, WAIT, 0, m.timespec(0, nanos), 0, 0));
        assertTrue(System.nanoTime() - start >= nanos);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void absoluteDeadlineIsNotEarlyOnEitherClock(boolean realtime) {
        TaskTable tasks = new TaskTable(FutexTable.builder());
        FutexCalls calls = new FutexCalls(tasks);
        Task task = tasks.spawn(m.space);
        ClockId clockId = realtime ? ClockId.REALTIME : ClockId.MONOTONIC;
        long end = tasks.table().clock().nanos(clockId) + 10_010_000;
        long time = m.timespec(end / 1_000_000_000, end % 1_000_000_000);
        int op = realtime ? WAIT_BITSET | REALTIME_FLAG : WAIT_BITSET;
        assertEquals(-Errno.ETIMEDOUT, calls.futex(task, P, op, 0, time, 0, ANY));
        assertTrue(tasks.table().clock().nanos(clockId) >= end);
    }

    @Test
    void wait_unmappedAddress_faults() {
        assertEquals(-Errno.EFAULT, m.futex(HOLE, WAIT, 0));
        assertEquals(-Errno.EFAULT, m.futex(P, WAIT, 0, HOLE, 0, 0));
    }

    @Test
    void wait_interrupted_returnsEintr() {
        Sleeper<Long> sleeper =
                Sleeper.of(() -> m.futex(P, WAIT, 0, m.timespec(5, 0), 0, 0)).asleep();
        sleeper.interrupt();
        assertEquals(-Errno.EINTR, sleeper.result());
    }

    @Test
    void wakesOf55Threads_wakeExactlyTheirCount() {
        wakesOfFiftyFive(false);
    }

    @Test
    void wakesOf55Processes_wakeExactlyTheirCount() {
        wakesOfFiftyFive(true);
    }

    private void wakesOfFiftyFive(boolean processes) {
        List<FutexCall> calls = new ArrayList<>();
        for (int i = 0; i < 55; i++) {
            Task task = processes ? m.task.fork(m.space.fork()) : m.task.newThread();
            calls.add(m.start(task, S, processes ? WAIT : WAIT | PRIVATE_FLAG, 0, 0, 0, 0));
        }
        int op = processes ? WAKE : WAKE | PRIVATE_FLAG;
        for (int i = 1; i <= 10; i++) {
            assertEquals(i, m.futex(S, op, i));
            assertEquals(i * (i + 1) / 2, finished(calls));
        }
        assertEquals(0, m.futex(S, op, 1));
    }

    @Test
    void wordsInTwoPages_oneObject_areTwoFutexes() {
        FutexCall one = m.sleeper(S, WAIT, 0);
        FutexCall two = m.sleeper(S + 4096, WAIT, 0);
        assertEquals(1, m.futex(S + 4096, WAKE, ALL));
        assertFalse(one.isDone());
        assertEquals(0, two.result());
    }

    @Test
    void sharedWake_unmappedAddress_faults() {
        MemoryFile file = new MemoryFile("file", 8192);
        m.space.map(MapRequest.file(file.open(Access.WRITE), 0, 8192).shared().at(0x100_0000));
        assertEquals(0, m.futex(0x100_1000, WAKE, 1));
        file.truncate(4096);
        m.map(0x110_0000, Protection.NONE);
        for (long at : new long[] {HOLE, 0x100_1000, 0x110_0000}) {
            assertEquals(-Errno.EFAULT, m.futex(at, WAKE, 1));
            assertEquals(-Errno.EFAULT, m.futex(P, CMP_REQUEUE, 0, 1, at, 0));
            assertEquals(-Errno.EFAULT, m.futex(at, CMP_REQUEUE, 0, 1, P, 0));
        }
    }

    @ParameterizedTest(name = "{0} waiters, wake {1}, move {2}")
    @CsvSource({"10, 3, 7", "10, 0, 10", "10, 2, 6", "100, 50, 50", "100, 0, 70", "1000, 100, 900", "1000, 300, 500"})
    void requeue_wakesAndMovesTheRequestedCounts(int waiters, int wake, int move) {
        List<FutexCall> calls = new ArrayList<>();
        for (int i = 0; i < waiters; i++) {
            calls.add(m.start(m.task.fork(m.space), S, WAIT, 0, 0, 0, 0));
        }
        m.store(S, 1);
        m.store(S + 4, 1);
        assertEquals(wake + move, m.futex(S, CMP_REQUEUE, wake, move, S + 4, 1));
        assertEquals(wake, finished(calls));
        assertEquals(move, m.futex(S + 4, WAKE, waiters));
        assertEquals(waiters - wake - move, m.futex(S, WAKE, waiters));
        calls.forEach(c -> assertEquals(0, c.result()));
    }

    @Test
    void requeue_negativeCounts_areRejected() {
        assertEquals(-Errno.EINVAL, m.futex(S, CMP_REQUEUE, 1, -1, S + 4, 0));
        assertEquals(-Errno.EINVAL, m.futex(S, CMP_REQUEUE, -1, 1, S + 4, 0));
        assertEquals(-Errno.EAGAIN, m.futex(S, CMP_REQUEUE, 1, 1, S + 4, 1));
    }

    @Test
    void waitv_badArguments_areRejected() {
        assertEquals(-Errno.EINVAL, m.calls.futexWaitv(m.task, m.waitv(0, P, 0x80), 1, 0, 0, 0));
        assertEquals(-Errno.EINVAL, m.calls.futexWaitv(m.task, m.waitv(0, 1, U32), 1, 0, 0, 0));
        assertEquals(-Errno.EFAULT, m.calls.futexWaitv(m.task, m.waitv(0, 0, U32), 1, 0, 0, 0));
        assertEquals(-Errno.EINVAL, m.calls.futexWaitv(m.task, 0, 1, 0, 0, 0));
        assertEquals(-Errno.EINVAL, m.calls.futexWaitv(m.task, m.waitv(0, P, U32), 1, 0, m.timespec(1, 0), 11));
        assertEquals(-Errno.EINVAL, m.calls.futexWaitv(m.task, m.waitv(0, P, U32), 129, 0, 0, 0));
        assertEquals(-Errno.EINVAL, m.calls.futexWaitv(m.task, m.waitv(0, P, U32), 0, 0, 0, 0));
        assertEquals(-Errno.EAGAIN, m.calls.futexWaitv(m.task, m.waitv(1, P, U32), 1, 0, 0, 0));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void waitv_lastOfThirtyWordsWoken_returns29(boolean shared) {
        long[] entries = new long[90];
        for (int i = 0; i < 30; i++) {
            long at = 0x100_0000 + 0x1_0000L * i;
            MapRequest segment = MapRequest.anonymous(4096).at(at);
            m.space.map(shared ? segment.shared() : segment);
            entries[3 * i + 1] = at;
            entries[3 * i + 2] = shared ? U32 : U32_PRIVATE;
        }
        long array = m.waitv(entries);
        Task task = m.task.newThread();
        Sleeper<Long> sleeper =
                Sleeper.of(() -> m.calls.futexWaitv(task, array, 30, 0, 0, 0)).asleep();
        assertEquals(1, m.futex(entries[88], shared ? WAKE : WAKE | PRIVATE_FLAG, 1));
        assertEquals(29, sleeper.result());
    }
}

package org.jfutex.linux;

import static org.jfutex.linux.Machine.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import org.jfutex.FutexTable;
import org.jfutex.WaiterInfo;
import org.jfutex.memory.MapRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests {@code futex_waitv}: one wait on many words. */
class WaitvTest {

    private final Machine m = new Machine();

    private long now(long... entries) {
        return m.calls.futexWaitv(m.task, m.waitv(entries), entries.length / 3, 0, m.timespec(0, 0), CLOCK_MONOTONIC);
    }

    @Test
    void wakeOfALaterEntryReturnsItsIndex() {
        FutexCall call = m.vector(m.waitv(0, P, U32_PRIVATE, 0, P + 4, U32_PRIVATE, 0, S, U32), 3);
        assertEquals(0, m.futex(P, WAKE, ALL));
        assertEquals(1, m.futex(S, WAKE, ALL));
        assertEquals(2, call.result());
        assertEquals(0, m.futex(P, WAKE | PRIVATE_FLAG, ALL));
    }

    @Test
    void entriesWokenTogetherReturnTheHighestIndex() {
        FutexCall call = m.vector(m.waitv(0, P, U32, 0, P + 4, U32, 0, P + 8, U32), 3);
        assertEquals(2, m.futex(P, WAKE_OP, 1, 1, P + 8, WakeOpVectorsTest.encoded(1, 0, 0, 0)));
        assertEquals(2, call.result());
    }

    @Test
    void wakeCountsEntriesAndNotThreads() {
        FutexCall call = m.vector(m.waitv(0, P, U32, 0, P, U32, 0, P, U32), 3);
        assertEquals(3, m.futex(P, WAKE, 10));
        assertEquals(2, call.result());
    }

    @Test
    void wakeOne_wordListedTwice_returnsTheLowerIndex() {
        FutexCall call = m.vector(m.waitv(0, P + 4, U32, 0, P, U32, 0, P, U32), 3);
        assertEquals(1, m.futex(P, WAKE, 1));
        assertEquals(1, call.result());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 30, FutexTable.MAX_WORDS})
    void lastOfManyWordsReturnsItsIndex(int n) {
        long[] entries = new long[3 * n];
        for (int i = 0; i < n; i++) {
            entries[3 * i + 1] = S + 4096L * (i % 16) + 4L * i;
            entries[3 * i + 2] = U32;
        }
        FutexCall call = m.vector(m.waitv(entries), n);
        assertEquals(1, m.futex(entries[3 * n - 2], WAKE, 1));
        assertEquals(n - 1, call.result());
    }

    @Test
    void requeuedEntryKeepsItsIndex() {
        FutexCall call = m.vector(m.waitv(0, P, U32, 0, P + 4, U32), 2);
        assertEquals(1, m.futex(P + 4, REQUEUE, 0, 1, P + 8, 0));
        assertEquals(1, m.futex(P + 8, WAKE, 1));
        assertEquals(1, call.result());
    }

    @Test
    void entry_matchesEveryBitset() {
        FutexCall call = m.vector(m.waitv(0, P, U32), 1);
        assertEquals(1, m.futex(P, WAKE_BITSET, 1, 0, 0, 0x400));
        assertEquals(0, call.result());
    }

    @Test
    void mismatchOfAnyEntryQueuesNone() {
        assertEquals(-Errno.EAGAIN, now(0, P, U32, 1, P + 4, U32));
        assertEquals(0, m.futex(P, WAKE, ALL));
    }

    @Test
    void laterInvalidEntry_precedesAMismatch() {
        assertEquals(-Errno.EINVAL, now(1, P, U32, 0, P + 4, 0x102));
        assertEquals(-Errno.EINVAL, now(1, P, U32, 0, P + 4, 1));
        assertEquals(-Errno.EINVAL, now(1, P, U32, 1L << 32, P + 4, U32));
        assertEquals(-Errno.EINVAL, now(1, P, U32, 0, P + 4, U32 | 7L << 32));
        assertEquals(-Errno.EINVAL, now(0, HOLE, U32, 0, P + 4, 0x102));
    }

    @Test
    void laterFaultingKey_precedesAMismatch() {
        assertEquals(-Errno.EFAULT, now(1, P, U32_PRIVATE, 0, HOLE, U32));
        assertEquals(-Errno.EINVAL, now(1, P, U32, 0, P + 2, U32));
        assertEquals(-Errno.EFAULT, now(0, HOLE, U32, 0, P + 2, U32));
    }

    @Test
    void unreadablePrivateEntry_faultsWhenReached() {
        assertEquals(-Errno.EAGAIN, now(1, P, U32_PRIVATE, 0, HOLE, U32_PRIVATE));
        assertEquals(-Errno.EFAULT, now(0, P, U32_PRIVATE, 0, HOLE, U32_PRIVATE));
        assertEquals(-Errno.EFAULT, now(0, HOLE, U32_PRIVATE, 1, P, U32_PRIVATE));
        assertEquals(0, m.futex(P, WAKE | PRIVATE_FLAG, ALL));
    }

    @Test
    void arrayBeyondTheMapping_faults() {
        long end = SCRATCH + PAGES - 24;
        m.storeLong(end + 8, P);
        m.storeLong(end + 16, U32);
        assertEquals(-Errno.EFAULT, m.calls.futexWaitv(m.task, end, 2, 0, 0, 0));
        m.storeLong(end, 1);
        assertEquals(-Errno.EAGAIN, m.calls.futexWaitv(m.task, end, 1, 0, 0, 0));
    }

    @Test
    void deadline_isAbsolute_onEitherClock() {
        m.clock.setRealtime(1_000);
        long array = m.waitv(0, P, U32);
        Task other = m.task.newThread();
        FutexCall real = m.calls.prepareFutexWaitv(m.task, array, 1, 0, m.timespec(0, 1_001), CLOCK_REALTIME);
        FutexCall mono = m.calls.prepareFutexWaitv(other, array, 1, 0, m.timespec(0, 10), CLOCK_MONOTONIC);
        m.clock.advance(1);
        assertEquals(-Errno.ETIMEDOUT, real.result());
        assertFalse(mono.isDone());
        m.clock.advance(9);
        assertEquals(-Errno.ETIMEDOUT, mono.result());
        assertEquals(-Errno.EAGAIN, now(1, P, U32));
        assertEquals(-Errno.ETIMEDOUT, now(0, P, U32));
    }

    @Test
    void waitsOfEveryKeyKind_followMovedMemory() {
        long elsewhere = 0x7000_0000L;
        FutexCall many = m.vector(m.waitv(0, P, U32_PRIVATE), 1);
        FutexCall one = m.calls.prepareFutexWait(m.task.newThread(), P, 0, 1, U32_PRIVATE, 0, 0);
        FutexCall numa = m.vector(m.waitv(0, P + 8, U32 | NUMA | PRIVATE_FLAG), 1);
        FutexCall anonymous = m.vector(m.waitv(0, P + 16, U32), 1);
        FutexCall anonymousNuma = m.vector(m.waitv(0, P + 24, U32 | NUMA), 1);
        m.space.map(MapRequest.anonymous(PAGES).at(elsewhere));
        m.tasks.table().mappingListener().moved(m.space, P, PAGES, elsewhere);
        assertEquals(2, m.futex(elsewhere, WAKE | PRIVATE_FLAG, ALL));
        assertEquals(0, many.result());
        assertEquals(0, one.result());
        assertEquals(1, m.calls.futexWake(m.task, elsewhere + 8, 1, 1, U32 | NUMA | PRIVATE_FLAG));
        assertEquals(0, numa.result());
        assertEquals(1, m.futex(elsewhere + 16, WAKE, ALL));
        assertEquals(0, anonymous.result());
        assertEquals(1, m.calls.futexWake(m.task, elsewhere + 24, 1, 1, U32 | NUMA));
        assertEquals(0, anonymousNuma.result());
    }

    @Test
    void closingTheMemory_endsWaitsOfEveryKeyKind() {
        FutexCall many = m.vector(m.waitv(0, P, U32_PRIVATE), 1);
        FutexCall one = m.calls.prepareFutexWait(m.task.newThread(), P, 0, 1, U32_PRIVATE, 0, 0);
        FutexCall shared = m.vector(m.waitv(0, S, U32), 1);
        FutexCall numa = m.calls.prepareFutexWait(m.task.newThread(), P + 8, 0, 1, U32 | NUMA | PRIVATE_FLAG, 0, 0);
        assertEquals(4, m.tasks.table().cancel(m.space));
        for (FutexCall call : new FutexCall[] {many, one, shared, numa}) {
            assertTrue(call.isDone());
        }
    }

    @Test
    void waiters_ofAWaitv_showSharedWords() {
        m.vector(m.waitv(0, S, U32, 0, S + 4, U32), 2);
        m.store(S + 4, 7);
        assertEquals(
                List.of(OptionalLong.of(0), OptionalLong.of(7)),
                m.tasks.table().waiters().stream()
                        .map(WaiterInfo::actual)
                        .sorted(Comparator.comparingLong(OptionalLong::getAsLong))
                        .toList());
    }

    @Test
    void waitv_mixesNumaAndOtherWords() {
        m.store(P + 4, -1);
        long array = m.waitv(0, P, U32 | NUMA | PRIVATE_FLAG, 0, P, U32_PRIVATE, 0, S, U32 | NUMA, 0, S, U32);
        m.store(S + 4, -1);
        FutexCall first = m.vector(array, 4);
        assertEquals(0, m.load(P + 4));
        assertEquals(0, m.load(S + 4));
        FutexCall second = m.vector(array, 4);
        assertEquals(1, m.calls.futexWake(m.task, P, 1, 1, U32 | NUMA | PRIVATE_FLAG));
        assertEquals(0, first.result());
        assertEquals(2, m.futex(S, WAKE, ALL), "a wake counts every entry");
        assertEquals(3, second.result()); // on a shared word the flag makes no difference
    }
}

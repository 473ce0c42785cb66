package org.jfutex.linux;

import static org.jfutex.linux.Machine.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.ClockId;
import org.jfutex.time.FutexClock;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests timeouts: relative and absolute, two clocks, two layouts, and structures at odd addresses. */
class TimeLimitTest {

    private final Machine m = new Machine();

    @Test
    void wait_isRelative_andNeverEarly() {
        m.clock.advance(5_000);
        FutexCall call = m.start(m.task, P, WAIT, 0, m.timespec(1, 2), 0, 0);
        m.clock.advance(1_000_000_001);
        assertFalse(call.isDone());
        m.clock.advance(1);
        assertEquals(-Errno.ETIMEDOUT, call.result());
        assertEquals(0, m.futex(P, WAKE, 1));
    }

    @Test
    void wakeBeforeTheDeadline_counts_evenIfPolledLater() {
        FutexCall call = m.start(m.task, P, WAIT, 0, m.timespec(1, 0), 0, 0);
        assertEquals(1, m.futex(m.task.newThread(), P, WAKE, 1));
        m.clock.advance(2_000_000_000L);
        assertEquals(0, call.result());
    }

    @Test
    void wakeAtTheDeadline_counts() {
        FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(64));
        boolean[] wakes = new boolean[1];
        TaskTable[] tasks = new TaskTable[1];
        tasks[0] = new TaskTable(FutexTable.builder().clock(new FutexClock() {
            @Override
            public long nanos(ClockId clockId) {
                return wakes[0] && tasks[0].table().wake(memory, 8, Scope.PRIVATE, 1) == 1 ? 1_000 : 0;
            }

            @Override
            public void park(Object blocker, ClockId clockId, long now, long deadline) {}
        }));
        memory.store(24, 1_000);
        FutexCall call =
                new FutexCalls(tasks[0]).prepareFutex(tasks[0].spawn(memory), 8, WAIT | PRIVATE_FLAG, 0, 16, 0, 0);
        assertFalse(call.isDone());
        wakes[0] = true;
        assertEquals(0, call.result());
    }

    @Test
    void bitsetWait_isAbsolute_onTheFlaggedClock() {
        m.clock.setRealtime(1_000);
        FutexCall mono = m.start(m.task, P, WAIT_BITSET, 0, m.timespec(0, 7), 0, ANY);
        FutexCall real = m.start(m.task.newThread(), P, WAIT_BITSET | REALTIME_FLAG, 0, m.timespec(0, 1_003), 0, ANY);
        m.clock.advance(3);
        assertEquals(-Errno.ETIMEDOUT, real.result());
        m.clock.advance(3);
        assertFalse(mono.isDone());
        m.clock.advance(1);
        assertEquals(-Errno.ETIMEDOUT, mono.result());
    }

    @Test
    void lockPi_usesRealtime_lockPi2TheFlaggedClock() {
        Task owner = m.task.newThread();
        m.store(P, owner.tid());
        m.clock.setRealtime(1_000);
        FutexCall one = m.start(m.task, P, LOCK_PI, 0, m.timespec(0, 1_010), 0, 0);
        FutexCall two = m.start(m.task.newThread(), P, LOCK_PI2, 0, m.timespec(0, 20), 0, 0);
        FutexCall three = m.start(m.task.newThread(), P, LOCK_PI2 | REALTIME_FLAG, 0, m.timespec(0, 1_030), 0, 0);
        m.clock.advance(9);
        assertFalse(one.isDone());
        m.clock.advance(1);
        assertEquals(-Errno.ETIMEDOUT, one.result());
        assertFalse(two.isDone());
        m.clock.advance(10);
        assertEquals(-Errno.ETIMEDOUT, two.result());
        m.clock.setRealtime(1_030);
        assertEquals(-Errno.ETIMEDOUT, three.result());
        assertEquals(owner.tid() | WAITERS, m.load(P));
    }

    @Test
    void settingTheRealtimeClock_affectsRealtimeWaitsOnly() {
        FutexCall real = m.start(m.task, P, WAIT_BITSET | REALTIME_FLAG, 0, m.timespec(100, 0), 0, ANY);
        FutexCall mono = m.start(m.task.newThread(), P, WAIT_BITSET, 0, m.timespec(100, 0), 0, ANY);
        m.clock.setRealtime(200_000_000_000L);
        assertEquals(-Errno.ETIMEDOUT, real.result());
        assertFalse(mono.isDone());
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE / 1_000_000_000, 9_223_372_036L})
    void farthestSecond_doesNotTimeOut(long seconds) {
        m.clock.advance(Long.MAX_VALUE / 2);
        FutexCall call = m.start(m.task, P, WAIT, 0, m.timespec(seconds, 999_999_999), 0, 0);
        m.clock.advance(Long.MAX_VALUE / 2 - 10);
        assertFalse(call.isDone());
        assertEquals(1, m.futex(m.task.newThread(), P, WAKE, 1));
    }

    @Test
    void timespec_atAnyAddress_isRead() {
        for (int odd = 1; odd < 8; odd++) {
            long at = m.scratch(32);
            var guest = new GuestMemory(m.space, Abi.LP64);
            guest.storeWord(at + odd, 0);
            guest.storeWord(at + odd + 8, 999_999_999L + odd % 2);
            long expected = odd % 2 == 0 ? -Errno.EAGAIN : -Errno.EINVAL;
            assertEquals(expected, m.futex(P, WAIT, 1, at + odd, 0, 0), "offset " + odd);
        }
    }

    @Test
    void timespec_acrossTheEndOfAMapping_faults() {
        assertEquals(-Errno.EFAULT, m.futex(P, WAIT, 1, SCRATCH + PAGES - 8, 0, 0));
        assertEquals(-Errno.EFAULT, m.futex(P, WAIT, 1, SCRATCH + PAGES - 13, 0, 0));
        assertEquals(-Errno.EAGAIN, m.futex(P, WAIT, 1, SCRATCH + PAGES - 16, 0, 0));
    }

    // ---- 32 bits, and the other byte order

    private static final class Small {
        final VirtualClock clock = new VirtualClock();
        final TaskTable tasks = new TaskTable(FutexTable.builder().clock(clock));
        final FlatMemory memory;
        final FutexCalls calls;
        final Task task;

        Small(Abi abi) {
            memory = FlatMemory.of(ByteBuffer.allocateDirect(4096), abi.byteOrder());
            calls = FutexCalls.builder(tasks).abi(abi).build();
            task = tasks.spawn(memory);
        }
    }

    @Test
    void futex32_readsTwo32BitNumbers() {
        Small s = new Small(Abi.ILP32);
        s.memory.store(64, 1);
        s.memory.store(68, 500);
        FutexCall call = s.calls.prepareFutex(s.task, 0x7_0000_0000L, WAIT, 0, 0x7_0000_0000L + 64, 0, 0);
        s.clock.advance(1_000_000_499);
        assertFalse(call.isDone());
        s.clock.advance(1);
        assertEquals(-Errno.ETIMEDOUT, call.result());
        s.memory.store(68, -1);
        assertEquals(-Errno.EINVAL, s.calls.futex(s.task, 0, WAIT, 0, 64, 0, 0));
    }

    @Test
    void futexTime64_ignoresThePaddingOfThe32BitAbi() {
        for (Abi abi : new Abi[] {Abi.ILP32, new Abi(32, ByteOrder.BIG_ENDIAN), Abi.LP64}) {
            Small s = new Small(abi);
            GuestMemory guest = new GuestMemory(s.memory, abi);
            int high = abi.byteOrder() == ByteOrder.BIG_ENDIAN ? 0 : 4;
            guest.storeInt(64 + (4 - high), 1);
            guest.storeInt(72 + (4 - high), 5);
            s.memory.store(72 + high, 99);
            FutexCall call = s.calls.prepareFutexTime64(s.task, 0, WAIT, 0, 64, 0, 0);
            if (abi.bits() == 64) {
                assertEquals(-Errno.EINVAL, call.result());
            } else {
                assertFalse(call.isDone());
                s.clock.advance(1_000_000_005);
                assertEquals(-Errno.ETIMEDOUT, call.result());
            }
        }
    }

    @Test
    void bigEndianStructures_areRead() {
        Abi abi = new Abi(64, ByteOrder.BIG_ENDIAN);
        Small s = new Small(abi);
        int[] waitv = {0, 7, 0, 8, U32, 0}; // val 7, uaddr 8
        for (int i = 0; i < waitv.length; i++) {
            s.memory.store(100 + 4 * i, waitv[i]);
        }
        assertEquals(-Errno.EAGAIN, s.calls.futexWaitv(s.task, 100, 1, 0, 0, 0));
        s.memory.store(8, 7);
        FutexCall call = s.calls.prepareFutexWaitv(s.task, 100, 1, 0, 0, 0);
        assertEquals(1, s.calls.futex(s.task.newThread(), 8, WAKE, 1, 0, 0, 0));
        assertEquals(0, call.result());
    }
}

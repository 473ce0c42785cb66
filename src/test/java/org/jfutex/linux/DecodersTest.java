package org.jfutex.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jfutex.FutexTable;
import org.jfutex.PiResult;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.PrivateKey;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the decoding of registers and structures: each bit, each bound from both sides, each name. */
class DecodersTest {

    private static final Abi BIG_64 = new Abi(64, ByteOrder.BIG_ENDIAN);
    private static final Abi BIG_32 = new Abi(32, ByteOrder.BIG_ENDIAN);

    private static GuestMemory guest(Abi abi) {
        return new GuestMemory(FlatMemory.of(ByteBuffer.allocateDirect(256), abi.byteOrder()), abi);
    }

    private static void refused(int errno, Runnable what) {
        ErrnoException e = assertThrows(ErrnoException.class, what::run);
        assertEquals(Errno.name(errno), e.getMessage());
    }

    // ---- registers and memory

    @Test
    void registers_haveTheWidthOfTheAbi() {
        assertEquals(-2, Abi.LP64.register(-2));
        assertEquals(0xffff_fffeL, Abi.ILP32.register(-2));
        assertEquals(0, Abi.ILP32.register(1L << 32));
        assertEquals(8, Abi.LP64.wordBytes());
        assertEquals(4, Abi.ILP32.wordBytes());
        for (int bits : new int[] {0, 16, 31, 33, 63, 65, 128}) {
            Exception e = assertThrows(IllegalArgumentException.class, () -> new Abi(bits, ByteOrder.BIG_ENDIAN));
            assertEquals("pointers of " + bits + " bits, not 32 or 64", e.getMessage());
        }
    }

    /** Returns the number whose bytes in memory count up from its address. */
    private static long bytesFrom(long address, int bytes, ByteOrder order) {
        long number = 0;
        for (int i = 0; i < bytes; i++) {
            long one = 0x80 + address + i;
            number |= one << (8 * (order == ByteOrder.LITTLE_ENDIAN ? i : bytes - 1 - i));
        }
        return number;
    }

    @Test
    void numbers_anyAddressAndByteOrder_areRead() {
        for (Abi abi : List.of(Abi.LP64, Abi.ILP32, BIG_64, BIG_32)) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(64);
            for (int i = 0; i < 64; i++) {
                bytes.put(i, (byte) (0x80 + i));
            }
            GuestMemory guest = new GuestMemory(FlatMemory.of(bytes, abi.byteOrder()), abi);
            for (long at = 0; at < 16; at++) {
                int number = (int) bytesFrom(at, 4, abi.byteOrder());
                long both = bytesFrom(at, 8, abi.byteOrder());
                assertEquals(number, guest.loadInt(at));
                assertEquals(both, guest.loadLong(at));
                assertEquals(abi.bits() == 64 ? both : number, guest.loadWord(at), "sign-extended");
                assertEquals(abi.bits() == 64 ? both : number & 0xffff_ffffL, guest.loadPointer(at), "zero-extended");
            }
        }
    }

    @Test
    void numbers_anyAddress_areWrittenWithoutChangingNeighbours() {
        for (Abi abi : List.of(Abi.LP64, Abi.ILP32, BIG_64, BIG_32)) {
            for (int at = 4; at < 12; at++) {
                for (boolean word : new boolean[] {false, true}) {
                    ByteBuffer bytes = ByteBuffer.allocateDirect(32);
                    IntStream.range(0, 32).forEach(i -> bytes.put(i, (byte) 0x55));
                    GuestMemory guest = new GuestMemory(FlatMemory.of(bytes, abi.byteOrder()), abi);
                    if (word) {
                        guest.storeWord(at, 0x8182_8384_8586_8788L);
                    } else {
                        guest.storeInt(at, 0x8586_8788);
                    }
                    int length = word ? abi.wordBytes() : 4;
                    long number = length == 8 ? 0x8182_8384_8586_8788L : 0x8586_8788L;
                    for (int i = 0; i < 32; i++) {
                        int place = abi.byteOrder() == ByteOrder.LITTLE_ENDIAN ? i - at : length - 1 - (i - at);
                        long expected = i >= at && i < at + length ? number >>> (8 * place) & 0xff : 0x55;
                        assertEquals(expected, bytes.get(i) & 0xff, abi + ", byte " + i + " after a write at " + at);
                    }
                }
            }
        }
    }

    @Test
    void write_beyondTheEnd_writesNothing() {
        for (Abi abi : List.of(Abi.LP64, Abi.ILP32, BIG_64, BIG_32)) {
            for (boolean word : new boolean[] {false, true}) {
                int length = word ? abi.wordBytes() : 4;
                for (int at = 33 - length; at < 32; at++) {
                    ByteBuffer bytes = ByteBuffer.allocateDirect(32);
                    GuestMemory guest = new GuestMemory(FlatMemory.of(bytes, abi.byteOrder()), abi);
                    long address = at;
                    assertThrows(
                            MemoryFaultException.class,
                            word ? () -> guest.storeWord(address, -1) : () -> guest.storeInt(address, -1));
                    assertEquals(ByteBuffer.allocate(32), bytes, abi + ", at " + at);
                }
            }
        }
    }

    /** A memory whose first word changes just before the first write to it. */
    private static final class Busy implements FutexMemory {

        private final int[] words = {0, 0};
        private int others = 1;

        @Override
        public int load(long address) {
            return words[(int) address / 4];
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            int i = (int) address / 4;
            words[i] += i == 0 && others-- > 0 ? 1 : 0;
            int before = words[i];
            words[i] = before == expected ? desired : before;
            return before;
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            return new PrivateKey(this, address);
        }
    }

    @Test
    void partialWordWrite_keepsConcurrentWritesToItsWord() {
        Busy busy = new Busy();
        new GuestMemory(busy, Abi.LP64).storeInt(2, 0x1122_3344);
        assertEquals(0x3344_0001, busy.words[0]);
        assertEquals(0x1122, busy.words[1]);
    }

    // ---- operations and kernels

    private static void only(IntPredicate property, int... operations) {
        int[] have = IntStream.range(0, Op.values().length).filter(property).toArray();
        assertEquals(
                IntStream.of(operations).boxed().toList(),
                IntStream.of(have).boxed().toList());
    }

    private static Op op(int number) {
        Op op = Op.of(number);
        assertTrue(op != null);
        return op == null ? Op.FD : op;
    }

    @Test
    void operations_areThoseOfTheKernelHeader() {
        String[] names = {
            "WAIT",
            "WAKE",
            "FD",
            "REQUEUE",
            "CMP_REQUEUE",
            "WAKE_OP",
            "LOCK_PI",
            "UNLOCK_PI",
            "TRYLOCK_PI",
            "WAIT_BITSET",
            "WAKE_BITSET",
            "WAIT_REQUEUE_PI",
            "CMP_REQUEUE_PI",
            "LOCK_PI2"
        };
        for (int i = 0; i < names.length; i++) {
            assertEquals(names[i], op(i).name());
            assertSame(Op.of(i), Op.of(i | 0x80));
            assertSame(Op.of(i), Op.of(i | 0x180));
            assertNull(Op.of(i | 0x200));
            assertNull(Op.of(i | 0x8000_0000));
        }
        assertNull(Op.of(14));
        assertNull(Op.of(-1));
        only(i -> op(i).sleeps, 0, 6, 9, 11, 13);
        only(i -> op(i).takesClock(), 9, 11, 13);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            WAIT,            2,  5,  7
            REQUEUE,         2,  5, 70
            CMP_REQUEUE,     2,  6,  7
            WAKE_OP,         2,  6, 14
            LOCK_PI,         2,  6, 18
            WAIT_BITSET,     2,  6, 25
            WAIT_REQUEUE_PI, 2,  6, 31
            LOCK_PI2,        5, 14,  0
            """)
    void operation_existsFromItsKernelVersion(Op op, int major, int minor, int patch) {
        assertTrue(op.existsIn(new KernelVersion(major, minor, patch)));
        assertTrue(op.existsIn(new KernelVersion(major, minor, patch + 1)));
        assertTrue(op.existsIn(new KernelVersion(major, minor + 1, 0)));
        assertTrue(op.existsIn(new KernelVersion(major + 1, 0, 0)));
        assertFalse(op.existsIn(new KernelVersion(major, minor - 1, patch + 9)));
        assertFalse(op.existsIn(new KernelVersion(major - 1, minor + 9, patch)));
        if (patch > 0) {
            assertFalse(op.existsIn(new KernelVersion(major, minor, patch - 1)));
        }
        assertTrue(op.existsIn(KernelVersion.LINUX_6_18) && op.existsIn(KernelVersion.ALL));
    }

    @Test
    void futexFd_endsWithLinux2_6_25() {
        assertTrue(Op.FD.existsIn(new KernelVersion(2, 6, 25)));
        assertFalse(Op.FD.existsIn(new KernelVersion(2, 6, 26)));
        assertFalse(Op.FD.existsIn(KernelVersion.LINUX_6_18));
        assertTrue(Op.FD.existsIn(KernelVersion.ALL));
    }

    @ParameterizedTest(name = "{0}.{1}.{2}")
    @CsvSource({"2, 5, 47, 38, 38", "2, 5, 48, 0, 38", "2, 6, 16, 0, 38", "2, 6, 17, 0, 0", "6, 18, 0, 0, 0"})
    void exitCalls_existFromTheirKernelVersion(int major, int minor, int patch, int tidAddress, int robustList) {
        Machine m = new Machine(new KernelVersion(major, minor, patch));
        long out = m.scratch(16);
        assertEquals(tidAddress == 0 ? m.task.tid() : -tidAddress, m.calls.setTidAddress(m.task, Machine.P));
        assertEquals(-robustList, m.calls.setRobustList(m.task, Machine.P, 24));
        assertEquals(-robustList, m.calls.getRobustList(m.task, 0, out, out + 8));
    }

    @Test
    void time64Calls_existFromTheirKernelVersion() {
        Machine before = new Machine(new KernelVersion(5, 0, 0));
        assertEquals(-Errno.ENOSYS, before.calls.futexTime64(before.task, Machine.P, Machine.WAKE, 1, 0, 0, 0));
        assertEquals(
                -Errno.ENOSYS,
                before.calls
                        .prepareFutexTime64(before.task, Machine.P, Machine.WAIT, 1, 0, 0, 0)
                        .result());
        Machine m = new Machine(new KernelVersion(5, 1, 0));
        assertEquals(0, m.calls.futexTime64(m.task, Machine.P, Machine.WAKE, 1, 0, 0, 0));
        assertEquals(
                -Errno.EAGAIN,
                m.calls
                        .prepareFutexTime64(m.task, Machine.P, Machine.WAIT, 1, 0, 0, 0)
                        .result());
    }

    @Test
    void kernelVersions_havePrintedForms() {
        assertEquals("6.18", KernelVersion.LINUX_6_18.toString());
        assertEquals("2.6.25", new KernelVersion(2, 6, 25).toString());
        assertEquals("all", KernelVersion.ALL.toString());
        assertEquals(0, KernelVersion.LINUX_6_18.compareTo(new KernelVersion(6, 18, 0)));
    }

    // ---- results

    @Test
    void errnos_haveTheirStandardNamesAndMessages() {
        String[] errors = {
            "1 EPERM Operation not permitted",
            "3 ESRCH No such process",
            "4 EINTR Interrupted system call",
            "9 EBADF Bad file descriptor",
            "11 EAGAIN Resource temporarily unavailable",
            "12 ENOMEM Cannot allocate memory",
            "14 EFAULT Bad address",
            "22 EINVAL Invalid argument",
            "23 ENFILE Too many open files in system",
            "24 EMFILE Too many open files",
            "35 EDEADLK Resource deadlock avoided",
            "38 ENOSYS Function not implemented",
            "110 ETIMEDOUT Connection timed out",
            "130 EOWNERDEAD Owner died"
        };
        for (String error : errors) {
            String[] parts = error.split(" ", 3);
            int number = Integer.parseInt(parts[0]);
            for (int errno : new int[] {number, -number}) {
                assertEquals(parts[1], Errno.name(errno));
                assertEquals(parts[2], Errno.message(errno));
            }
        }
        assertEquals("errno 7", Errno.name(-7));
        assertEquals("errno 7", Errno.message(7));
    }

    @Test
    void results_mapToTheirErrno() {
        assertEquals(0, ErrnoMapping.of(WaitResult.WOKEN));
        assertEquals(-11, ErrnoMapping.of(WaitResult.VALUE_DIFFERS));
        assertEquals(-110, ErrnoMapping.of(WaitResult.TIMED_OUT));
        assertEquals(-4, ErrnoMapping.of(WaitResult.CANCELLED));
        assertEquals(-14, ErrnoMapping.of(WaitResult.UNMAPPED));
        for (PiResult fine : List.of(PiResult.LOCKED, PiResult.UNLOCKED, PiResult.REQUEUED)) {
            assertEquals(0, ErrnoMapping.of(fine));
        }
        assertEquals(-11, ErrnoMapping.of(PiResult.WOULD_BLOCK));
        assertEquals(-11, ErrnoMapping.of(PiResult.VALUE_DIFFERS));
        assertEquals(-110, ErrnoMapping.of(PiResult.TIMED_OUT));
        assertEquals(-4, ErrnoMapping.of(PiResult.CANCELLED));
        assertEquals(-14, ErrnoMapping.of(PiResult.UNMAPPED));
        assertEquals(-14, ErrnoMapping.of(PiResult.FAULT));
        assertEquals(-35, ErrnoMapping.of(PiResult.DEADLOCK));
        assertEquals(-3, ErrnoMapping.of(PiResult.NO_OWNER));
        assertEquals(-1, ErrnoMapping.of(PiResult.NOT_OWNER));
        assertEquals(-1, ErrnoMapping.of(PiResult.NOT_PERMITTED));
        assertEquals(-22, ErrnoMapping.of(PiResult.INCONSISTENT));
        assertTrue(ErrnoMapping.isCancelled(WaitResult.CANCELLED) && ErrnoMapping.isCancelled(PiResult.CANCELLED));
        assertFalse(ErrnoMapping.isCancelled(WaitResult.WOKEN) || ErrnoMapping.isCancelled(PiResult.LOCKED));
    }

    @Test
    void exceptions_mapToErrno_orAreRethrown() {
        Machine m = new Machine();
        assertEquals(-22, ErrnoException.result(m.task.isAlive(), new ErrnoException(Errno.EINVAL)));
        assertEquals(-14, ErrnoException.result(m.task.isAlive(), new MemoryFaultException(0, Access.READ)));
        IllegalStateException other = new IllegalStateException();
        assertSame(
                other, assertThrows(IllegalStateException.class, () -> ErrnoException.result(m.task.isAlive(), other)));
        Task killed = m.task.newThread();
        killed.exit();
        assertEquals(-4, ErrnoException.result(killed.isAlive(), other));
        RuntimeException unknown = new UnsupportedOperationException();
        assertSame(
                unknown, assertThrows(RuntimeException.class, () -> ErrnoException.result(killed.isAlive(), unknown)));
        ErrnoException.unless(true, Errno.EINVAL);
        refused(Errno.EPERM, () -> ErrnoException.unless(false, Errno.EPERM));
    }

    @Test
    void waiterLimitAndMixedWaiters_mapToErrno() {
        TaskTable few = new TaskTable(FutexTable.builder().waiterLimit(1));
        FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(64));
        FutexCalls calls = new FutexCalls(few);
        Task task = few.spawn(memory);
        assertFalse(calls.prepareFutex(task, 0, 0, 0, 0, 0, 0).isDone());
        assertEquals(-12, calls.prepareFutex(task.newThread(), 0, 0, 0, 0, 0, 0).result());

        Machine m = new Machine();
        m.store(Machine.P, m.task.newThread().tid());
        m.sleeper(Machine.P, Machine.LOCK_PI, 0);
        assertEquals(-22, m.futex(Machine.P, Machine.WAKE, 1));
    }

    // ---- time

    private static void timespec(GuestMemory guest, long seconds, long nanos) {
        guest.storeWord(16, seconds);
        guest.storeWord(16 + guest.abi().wordBytes(), nanos);
    }

    private static long read(GuestMemory guest) {
        return TimeLimit.read(guest, 16, TimeLimit.Format.WORDS);
    }

    @Test
    void timespec_isConvertedToNanosecondsUpToLongMax() {
        GuestMemory guest = guest(Abi.LP64);
        long most = Long.MAX_VALUE / 1_000_000_000;
        timespec(guest, 0, 0);
        assertEquals(0, read(guest));
        timespec(guest, 3, 999_999_999);
        assertEquals(3_999_999_999L, read(guest));
        timespec(guest, most - 1, 999_999_999);
        assertEquals((most - 1) * 1_000_000_000 + 999_999_999, read(guest));
        timespec(guest, most, 0);
        assertEquals(Long.MAX_VALUE, read(guest));
        timespec(guest, Long.MAX_VALUE, 5);
        assertEquals(Long.MAX_VALUE, read(guest));
        for (long[] bad :
                new long[][] {{-1, 0}, {Long.MIN_VALUE, 0}, {0, -1}, {0, 1_000_000_000}, {1, Long.MAX_VALUE}}) {
            timespec(guest, bad[0], bad[1]);
            refused(Errno.EINVAL, () -> read(guest));
        }
        timespec(guest, 7, -8);
        assertEquals("{tv_sec=7, tv_nsec=-8}", TimeLimit.describe(guest, 16, TimeLimit.Format.WORDS));
    }

    @Test
    void timespec64_hasPaddingOnlyIn32BitAbi() {
        for (Abi abi : List.of(Abi.LP64, Abi.ILP32)) {
            GuestMemory guest = guest(abi);
            guest.storeInt(16, 2);
            guest.storeInt(24, 3);
            guest.storeInt(28, 99);
            if (abi.bits() == 64) {
                refused(Errno.EINVAL, () -> TimeLimit.read(guest, 16, TimeLimit.Format.LONGS));
            } else {
                assertEquals(2_000_000_003L, TimeLimit.read(guest, 16, TimeLimit.Format.LONGS));
            }
        }
    }

    @Test
    void timeLimit_isAPointOfItsClock() {
        VirtualClock clock = new VirtualClock();
        clock.advance(100);
        clock.setRealtime(1_000);
        TimeLimit after = TimeLimit.after(clock, 5);
        assertEquals(new TimeLimit(ClockId.MONOTONIC, clock.nanos(ClockId.MONOTONIC) + 5), after);
        assertTrue(after.exists());
        assertFalse(after.hasPassed(clock));
        clock.advance(4);
        assertFalse(after.hasPassed(clock));
        clock.advance(1);
        assertTrue(after.hasPassed(clock));
        assertEquals(Long.MAX_VALUE, TimeLimit.after(clock, Long.MAX_VALUE).nanos());
        assertEquals(clock.nanos(ClockId.MONOTONIC), TimeLimit.after(clock, 0).nanos(), "zero is now");

        GuestMemory guest = guest(Abi.LP64);
        timespec(guest, 1, 2);
        assertEquals(new TimeLimit(ClockId.REALTIME, 1_000_000_002), TimeLimit.at(guest, 16, 0));
        assertEquals(new TimeLimit(ClockId.MONOTONIC, 1_000_000_002), TimeLimit.at(guest, 16, 1));
        refused(Errno.EINVAL, () -> TimeLimit.at(guest, 16, 2));
        refused(Errno.EINVAL, () -> TimeLimit.at(guest, 16, -1));
        assertSame(TimeLimit.NONE, TimeLimit.at(guest, 0, 77));
        assertFalse(TimeLimit.NONE.exists());
        assertFalse(TimeLimit.NONE.hasPassed(clock));
        assertSame(Deadline.NEVER, TimeLimit.NONE.deadline());
        assertEquals(
                Deadline.at(ClockId.REALTIME, 7).toString(),
                new TimeLimit(ClockId.REALTIME, 7).deadline().toString());
    }

    // ---- futex2

    @Test
    void futex2_acceptsFourFlagsAndSize32() {
        for (int flags = -1; flags < 0x400; flags++) {
            int f = flags;
            if ((f & ~0x8c) == 2) {
                Futex2.checkFlags(f);
                assertEquals((f & 0x80) != 0 ? Scope.PRIVATE : Scope.SHARED, Futex2.scope(f));
            } else {
                refused(Errno.EINVAL, () -> Futex2.checkFlags(f));
            }
        }
        Futex2.checkWidth(0xffff_ffffL);
        refused(Errno.EINVAL, () -> Futex2.checkWidth(1L << 32));
        refused(Errno.EINVAL, () -> Futex2.checkWidth(-1));
    }

    @Test
    void futexWait_checksFlagsAndWidthsBeforeTheWord() {
        Machine m = new Machine();
        assertEquals(-22, wait(m, 0, 1, 0x82 | 0x10));
        assertEquals(-22, wait(m, 0, 1, 0x83));
        assertEquals(-22, wait(m, 1L << 32, 1, 0x82));
        assertEquals(-22, wait(m, 0, 1L << 32 | 1, 0x82));
        assertEquals(-22, wait(m, 0, 0, 0x82));
        assertEquals(-11, wait(m, 0xffff_ffffL, 0xffff_ffffL, 0x82));
        m.store(Machine.P, -1);
        FutexCall call = m.calls.prepareFutexWait(m.task, Machine.P, 0xffff_ffffL, 0xffff_ffffL, 0x82, 0, 0);
        assertFalse(call.isDone());
    }

    private static long wait(Machine m, long val, long mask, int flags) {
        FutexCall call = m.calls.prepareFutexWait(m.task.newThread(), Machine.P, val, mask, flags, 0, 0);
        return call.isDone() ? call.result() : 1;
    }

    @Test
    void futexRequeue_zeroCounts_wakeNone() {
        Machine m = new Machine();
        long both = m.waitv(0, Machine.P, 0x82, 0, Machine.P + 4, 0x82);
        FutexCall one = m.sleeper(Machine.P, 0x80, 0);
        FutexCall other = m.sleeper(Machine.P, 0x80, 0);
        assertEquals(-22, m.calls.futexRequeue(m.task, both, 0, -1, 0));
        assertEquals(-22, m.calls.futexRequeue(m.task, both, 0, 0, -1));
        assertEquals(0, m.calls.futexRequeue(m.task, both, 0, 0, 0));
        assertEquals(1, m.calls.futexRequeue(m.task, both, 0, 0, 1));
        assertFalse(one.isDone());
        assertEquals(1, m.calls.futexRequeue(m.task, both, 0, 1, 0));
        assertFalse(one.isDone());
        assertEquals(0, other.result());
        assertEquals(1, m.futex(Machine.P + 4, Machine.WAKE | 0x80, 1));
        assertEquals(0, one.result());
    }

    private static void entry(GuestMemory guest, long at, long val, long uaddr, int flags, int reserved) {
        guest.storeWord(at, val);
        guest.storeWord(at + 8, uaddr);
        guest.storeInt(at + 16, flags);
        guest.storeInt(at + 20, reserved);
    }

    @Test
    void waitvEntries_areConsecutiveAndEachIsChecked() {
        GuestMemory guest = guest(Abi.LP64);
        entry(guest, 16, 0xffff_ffffL, 0x1000, 2, 0);
        entry(guest, 40, 7, -4, 0x82, 0);
        WaitvEntry[] both = WaitvEntry.parse(guest, 16, 2);
        assertEquals(2, both.length);
        assertEquals(new WaitvEntry(0xffff_ffffL, 0x1000, 2), both[0]);
        assertEquals(new WaitvEntry(7, -4, 0x82), both[1]);
        assertEquals(Scope.SHARED, both[0].scope());
        assertEquals(Scope.PRIVATE, both[1].scope());
        assertEquals(0, WaitvEntry.parse(guest, 16, 0).length);
        assertEquals(
                "[{val=4294967295, uaddr=0x1000, flags=FUTEX2_SIZE_U32, __reserved=0}, "
                        + "{val=7, uaddr=0xfffffffffffffffc, flags=FUTEX2_SIZE_U32|FUTEX2_PRIVATE, __reserved=0}]",
                WaitvEntry.describe(guest, 16, 2));

        entry(guest, 40, 7, 8, 2, 1);
        refused(Errno.EINVAL, () -> WaitvEntry.parse(guest, 16, 2));
        entry(guest, 40, 7, 8, 3, 0);
        refused(Errno.EINVAL, () -> WaitvEntry.parse(guest, 16, 2));
        entry(guest, 40, 1L << 32, 8, 2, 0);
        refused(Errno.EINVAL, () -> WaitvEntry.parse(guest, 16, 2));
        assertEquals(1, WaitvEntry.parse(guest, 16, 1).length);
    }

    // ---- names

    @Test
    void operationsAndFlags_areNamedAsInC() {
        assertEquals("FUTEX_WAIT", FutexNames.op(0));
        assertEquals("FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME", FutexNames.op(9 | 0x80 | 0x100));
        assertEquals("0x20e /* FUTEX_??? */", FutexNames.op(0x20e));
        assertEquals("FUTEX2_SIZE_U8", FutexNames.flags2(0));
        assertEquals("FUTEX2_SIZE_U16", FutexNames.flags2(1));
        assertEquals("FUTEX2_SIZE_U32|FUTEX2_NUMA|FUTEX2_MPOL|FUTEX2_PRIVATE", FutexNames.flags2(0x8e));
        assertEquals("FUTEX2_SIZE_U64|0x70", FutexNames.flags2(0x73));
    }

    @Test
    void wakeOps_arePrintedAsInC() {
        assertEquals("FUTEX_OP_SET<<28|0<<12|FUTEX_OP_CMP_EQ<<24|0", FutexNames.wakeOp(0));
        assertEquals(
                "FUTEX_OP_OPARG_SHIFT<<28|FUTEX_OP_XOR<<28|0xabc<<12|FUTEX_OP_CMP_GE<<24|0x123",
                FutexNames.wakeOp(0xc5ab_c123));
        assertEquals("0x5<<28|0<<12|0x6<<24|0", FutexNames.wakeOp(0x5600_0000));
        assertEquals("0x7<<28|0xfff<<12|0xf<<24|0xfff", FutexNames.wakeOp(0x7fff_ffff));
    }
}

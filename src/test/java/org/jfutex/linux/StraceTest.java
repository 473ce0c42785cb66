package org.jfutex.linux;

import static org.jfutex.linux.Machine.ALL;
import static org.jfutex.linux.Machine.ANY;
import static org.jfutex.linux.Machine.CLOCK_MONOTONIC;
import static org.jfutex.linux.Machine.CLOCK_REALTIME;
import static org.jfutex.linux.Machine.HOLE;
import static org.jfutex.linux.Machine.P;
import static org.jfutex.linux.Machine.PRIVATE_FLAG;
import static org.jfutex.linux.Machine.REALTIME_FLAG;
import static org.jfutex.linux.Machine.U32;
import static org.jfutex.linux.Machine.U32_PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.List;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests lines in the format of strace(1): they show the arguments that a call reads, in its order, and no others. */
class StraceTest {

    private final Machine m = new Machine();
    private final Strace strace = new Strace(Abi.LP64);
    private final long time = m.timespec(1, 5);

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            0   ; FUTEX_WAIT, 7, {tv_sec=1, tv_nsec=5}
            1   ; FUTEX_WAKE, 7
            129 ; FUTEX_WAKE_PRIVATE, 7
            2   ; FUTEX_FD, 7
            3   ; FUTEX_REQUEUE, 7, VAL2, 0x100008
            4   ; FUTEX_CMP_REQUEUE, 7, VAL2, 0x100008, 3
            5   ; FUTEX_WAKE_OP, 7, VAL2, 0x100008, FUTEX_OP_SET<<28|0<<12|FUTEX_OP_CMP_EQ<<24|0x3
            6   ; FUTEX_LOCK_PI, {tv_sec=1, tv_nsec=5}
            7   ; FUTEX_UNLOCK_PI
            8   ; FUTEX_TRYLOCK_PI
            9   ; FUTEX_WAIT_BITSET, 7, {tv_sec=1, tv_nsec=5}, 0x3
            265 ; FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME, 7, {tv_sec=1, tv_nsec=5}, 0x3
            10  ; FUTEX_WAKE_BITSET, 7, 0x3
            11  ; FUTEX_WAIT_REQUEUE_PI, 7, {tv_sec=1, tv_nsec=5}, 0x100008
            12  ; FUTEX_CMP_REQUEUE_PI, 7, VAL2, 0x100008, 3
            13  ; FUTEX_LOCK_PI2, {tv_sec=1, tv_nsec=5}
            14  ; 0xe /* FUTEX_??? */, 7, POINTER, 0x100008, 0x3
            """)
    void operation_printsTheArgumentsThatItReads(int op, String arguments) {
        String expected =
                arguments.replace("VAL2", Long.toString(time)).replace("POINTER", "0x" + Long.toHexString(time));
        assertEquals(
                "futex(0x100000, " + expected + ") = 0",
                strace.futex(m.task, P, op, 7, time, P + 8, 3, 0),
                () -> "operation " + op);
    }

    @Test
    void missingTimespec_isNull() {
        assertEquals("futex(NULL, FUTEX_WAIT, 0, NULL) = 0", strace.futex(m.task, 0, Machine.WAIT, 0, 0, 0, 0, 0));
    }

    @Test
    void addressZero_isNullEvenIfMapped() {
        Task task = new TaskTable().spawn(FlatMemory.of(ByteBuffer.allocateDirect(4096)));
        assertEquals("futex(NULL, FUTEX_WAIT, 0, NULL) = 0", strace.futex(task, 0, Machine.WAIT, 0, 0, 0, 0, 0));
        assertEquals(
                "futex_waitv(NULL, 1, 0, NULL, CLOCK_REALTIME) = -1 EINVAL (Invalid argument)",
                strace.futexWaitv(task, 0, 1, 0, 0, CLOCK_REALTIME, -22));
    }

    @Test
    void unreadableStructure_isPrintedAsItsAddress() {
        assertEquals(
                "futex(0x100000, FUTEX_WAIT_PRIVATE, 4294967295, 0x400000) = -1 EFAULT (Bad address)",
                strace.futex(m.task, P, Machine.WAIT | PRIVATE_FLAG, -1, HOLE, 0, 0, -14));
        assertEquals(
                "futex_waitv(0x400000, 2, 0, NULL, CLOCK_REALTIME) = -1 EFAULT (Bad address)",
                strace.futexWaitv(m.task, HOLE, 2, 0, 0, CLOCK_REALTIME, -14));
        assertEquals(
                "futex_waitv(0x300000, 129, 0, NULL, CLOCK_REALTIME) = -1 EINVAL (Invalid argument)",
                strace.futexWaitv(m.task, Machine.SCRATCH, 129, 0, 0, CLOCK_REALTIME, -22));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            -11  | EAGAIN (Resource temporarily unavailable)
            -110 | ETIMEDOUT (Connection timed out)
            -4   | EINTR (Interrupted system call)
            -35  | EDEADLK (Resource deadlock avoided)
            -3   | ESRCH (No such process)
            """)
    void errors_havePrintedNamesAndMessages(int errno, String words) {
        assertEquals(
                "futex(0x100000, FUTEX_WAIT, 1, NULL) = -1 " + words,
                strace.futex(m.task, P, Machine.WAIT, 1, 0, 0, 0, errno));
    }

    @Test
    void registers32_haveNoUpperHalf() {
        Strace narrow = new Strace(Abi.ILP32);
        assertEquals(
                "futex_wake(0x100000, FUTEX_BITSET_MATCH_ANY, 1, FUTEX2_SIZE_U32) = 0",
                narrow.futexWake(P, -1, 1, U32, 0));
        assertEquals(
                "futex_wait(0x100000, 4294967295, FUTEX_BITSET_MATCH_ANY, FUTEX2_SIZE_U32, NULL, CLOCK_REALTIME) = 0",
                narrow.futexWait(m.task, P, -1, -1, U32, 0, CLOCK_REALTIME, 0));
        assertEquals(
                "set_robust_list(NULL, 4294967295) = -1 EINVAL (Invalid argument)", narrow.setRobustList(0, -1, -22));
    }

    @Test
    void guest32_hasShortStructures() {
        m.store(P + 64, 9);
        m.store(P + 68, 8);
        m.storeLong(P + 128, 7);
        m.storeLong(P + 136, 6);
        Strace narrow = new Strace(Abi.ILP32);
        assertEquals(
                "futex(0x100000, FUTEX_WAIT, 1, {tv_sec=9, tv_nsec=8}) = 0",
                narrow.futex(m.task, P, Machine.WAIT, 1, P + 64, 0, 0, 0));
        assertEquals(
                "futex_time64(0x100000, FUTEX_WAIT, 1, {tv_sec=7, tv_nsec=6}) = 0",
                narrow.futexTime64(m.task, P | 1L << 32, Machine.WAIT, 1, P + 128, 0, 0, 0));
        m.store(P + 192, (int) P);
        m.store(P + 196, 12);
        long high = 1L << 32; // beyond the registers of such a guest
        assertEquals(
                "get_robust_list(5, [0x100000], [12]) = 0",
                narrow.getRobustList(m.task, 5, P + 192 | high, P + 196 | high, 0));
        assertEquals(
                "futex(0x100000, FUTEX_WAIT, 1, {tv_sec=9, tv_nsec=8}) = 0",
                narrow.futex(m.task, P, Machine.WAIT, 1, P + 64 | high, 0, 0, 0));
    }

    @Test
    void futex2Calls_arePrinted() {
        long two = m.waitv(1, P, U32_PRIVATE, 2, P + 4, U32);
        String elements = "[{val=1, uaddr=0x100000, flags=FUTEX2_SIZE_U32|FUTEX2_PRIVATE, __reserved=0}, "
                + "{val=2, uaddr=0x100004, flags=FUTEX2_SIZE_U32, __reserved=0}]";
        assertEquals(
                List.of(
                        "futex_waitv(" + elements + ", 2, 0, {tv_sec=1, tv_nsec=5}, CLOCK_MONOTONIC) = 1",
                        "futex_wait(0x100000, 3, FUTEX_BITSET_MATCH_ANY, FUTEX2_SIZE_U32|FUTEX2_PRIVATE, NULL, "
                                + "0x9 /* CLOCK_??? */) = 0",
                        "futex_wake(0x100000, 0x5, 2147483647, FUTEX2_SIZE_U32) = 4",
                        "futex_requeue(" + elements + ", 0x1, 1, 2147483647) = 3"),
                List.of(
                        strace.futexWaitv(m.task, two, 2, 0, time, CLOCK_MONOTONIC, 1),
                        strace.futexWait(m.task, P, 3, Integer.toUnsignedLong(ANY), U32_PRIVATE, 0, 9, 0),
                        strace.futexWake(P, 5, ALL, U32, 4),
                        strace.futexRequeue(m.task, two, 1, 1, ALL, 3)));
    }

    @Test
    void robustListAndTidCalls_arePrinted() {
        long head = m.scratch(8);
        long length = m.scratch(8);
        m.storeLong(head, P);
        m.storeLong(length, 24);
        assertEquals("set_robust_list(0x100000, 24) = 0", strace.setRobustList(P, 24, 0));
        assertEquals("set_tid_address(0x100000) = 17", strace.setTidAddress(P, 17));
        assertEquals("get_robust_list(5, [0x100000], [24]) = 0", strace.getRobustList(m.task, 5, head, length, 0));
        assertEquals(
                "get_robust_list(5, 0x" + Long.toHexString(head) + ", 0x" + Long.toHexString(length)
                        + ") = -1 EPERM (Operation not permitted)",
                strace.getRobustList(m.task, 5, head, length, -1));
    }

    @Test
    void flags_arePrintedByName() {
        assertEquals(
                "futex(0x100000, FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME, 0, NULL, FUTEX_BITSET_MATCH_ANY) = 0",
                strace.futex(m.task, P, Machine.WAIT_BITSET | PRIVATE_FLAG | REALTIME_FLAG, 0, 0, 0, ANY, 0));
        assertEquals(
                "futex_wake(0x100000, FUTEX_BITSET_MATCH_ANY, 1, FUTEX2_SIZE_U32|FUTEX2_NUMA|FUTEX2_MPOL|0x40) = 0",
                strace.futexWake(P, Integer.toUnsignedLong(ANY), 1, U32 | Machine.NUMA | Machine.MPOL | 0x40, 0));
    }
}

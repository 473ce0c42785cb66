package org.jfutex.linux;

import static org.jfutex.linux.Machine.*;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests which error a call with several faults returns. */
class ErrorPrecedenceTest {

    private static final long ODD = P + 2;
    private static final int U = PRIVATE_FLAG;

    private interface Call {
        long on(Machine m);
    }

    private record Row(String situation, int errno, Call call) {
        @Override
        public String toString() {
            return situation + ": " + Errno.name(errno);
        }
    }

    private static Row row(String situation, int errno, Call call) {
        return new Row(situation, errno, call);
    }

    private static long badTime(Machine m) {
        return m.timespec(0, 1_000_000_000);
    }

    private static long past(Machine m) {
        return m.timespec(0, 0);
    }

    static Stream<Row> timespecs() {
        return Stream.of(
                row("bad nanoseconds over misaligned", Errno.EINVAL, m -> m.futex(ODD, WAIT, 0, badTime(m), 0, 0)),
                row("bad nanoseconds over NULL", Errno.EINVAL, m -> m.futex(0, WAIT, 0, badTime(m), 0, 0)),
                row("bad nanoseconds over a value", Errno.EINVAL, m -> m.futex(P, WAIT, 1, badTime(m), 0, 0)),
                row("bad pointer over misaligned", Errno.EFAULT, m -> m.futex(ODD, WAIT, 0, HOLE, 0, 0)),
                row("bad pointer over a clock", Errno.EFAULT, m -> m.futex(P, WAIT | REALTIME_FLAG, 0, HOLE, 0, 0)),
                row("bad time over a clock", Errno.EINVAL, m -> m.futex(P, WAIT | REALTIME_FLAG, 0, badTime(m), 0, 0)),
                row("bad pointer over a bitset", Errno.EFAULT, m -> m.futex(P, WAIT_BITSET, 0, HOLE, 0, 0)),
                row("bad time over a free lock", Errno.EINVAL, m -> m.futex(P, LOCK_PI, 0, badTime(m), 0, 0)),
                row("bad pointer over a free lock", Errno.EFAULT, m -> m.futex(P, LOCK_PI2, 0, HOLE, 0, 0)),
                row("bad time of a requeue wait", Errno.EINVAL, m -> m.futex(P, WAIT_REQUEUE_PI, 0, badTime(m), P, 0)),
                row("negative seconds", Errno.EINVAL, m -> m.futex(P, WAIT, 0, m.timespec(-1, 0), 0, 0)),
                row("negative nanoseconds", Errno.EINVAL, m -> m.futex(P, WAIT, 0, m.timespec(0, -1), 0, 0)),
                row("TRYLOCK_PI ignores the timeout", 0, m -> m.futex(P, TRYLOCK_PI, 0, HOLE, 0, 0)),
                row("WAKE ignores the timeout", 0, m -> m.futex(P, WAKE, 0, HOLE, 0, 0)),
                row("unknown operation over the timeout", Errno.ENOSYS, m -> m.futex(P, WAIT | 0x200, 0, HOLE, 0, 0)));
    }

    static Stream<Row> operations() {
        return Stream.of(
                row("WAIT with the clock flag", Errno.ENOSYS, m -> m.futex(P, WAIT | REALTIME_FLAG, 1)),
                row("LOCK_PI with the clock flag", Errno.ENOSYS, m -> m.futex(ODD, LOCK_PI | REALTIME_FLAG, 0)),
                row("WAKE with the clock flag", Errno.ENOSYS, m -> m.futex(ODD, WAKE | REALTIME_FLAG, 0)),
                row("UNLOCK_PI with the clock flag", Errno.ENOSYS, m -> m.futex(0, UNLOCK_PI | REALTIME_FLAG, 0)),
                row("CMP_REQUEUE_PI with clock", Errno.ENOSYS, m -> m.futex(0, CMP_REQUEUE_PI | REALTIME_FLAG, 0)),
                row("FUTEX_FD was removed", Errno.ENOSYS, m -> m.futex(ODD, FD, 0)),
                row("unknown number", Errno.ENOSYS, m -> m.futex(ODD, 14, 0)),
                row("all bits", Errno.ENOSYS, m -> m.futex(0, -1, 0)),
                row("ROBUST_UNLOCK is not implemented", Errno.ENOSYS, m -> m.futex(P, WAKE | 0x200, 1)),
                row("ROBUST_UNLOCK with UNLOCK_PI", Errno.ENOSYS, m -> m.futex(P, UNLOCK_PI | 0x200, 1)));
    }

    static Stream<Row> numbers() {
        return Stream.of(
                row("bitset 0 over NULL", Errno.EINVAL, m -> m.futex(0, WAIT_BITSET, 0)),
                row("bitset 0 of a wake over NULL", Errno.EINVAL, m -> m.futex(0, WAKE_BITSET, 1)),
                row("mask 0 over a kernel address", Errno.EINVAL, m -> m.calls.futexWake(m.task, KERNEL, 0, 1, U32)),
                row("mask 0 of a wait", Errno.EINVAL, m -> m.calls.futexWait(m.task, KERNEL, 0, 0, U32, 0, 0)),
                row("negative wakes over misaligned", Errno.EINVAL, m -> m.futex(ODD, REQUEUE, -1, 1, P, 0)),
                row("negative wakes over NULL", Errno.EINVAL, m -> m.futex(0, REQUEUE, -1, 1, P, 0)),
                row("negative moves over NULL", Errno.EINVAL, m -> m.futex(0, REQUEUE, 1, -1, P, 0)),
                row("moves are signed", Errno.EINVAL, m -> m.futex(0, CMP_REQUEUE, 1, 0x8000_0000L, P, 0)),
                row("counts over a value", Errno.EINVAL, m -> m.futex(P, CMP_REQUEUE, -1, 1, P + 4, 9)),
                row("one address over NULL", Errno.EINVAL, m -> m.futex(0, CMP_REQUEUE_PI, 1, 1, 0, 9)),
                row("one address of a wait", Errno.EINVAL, m -> m.futex(0, WAIT_REQUEUE_PI, 1, 0, 0, 0)),
                row("two wakes over a value", Errno.EINVAL, m -> m.futex(HOLE, CMP_REQUEUE_PI, 2, 1, P, 9)),
                row("no wake over a value", Errno.EINVAL, m -> m.futex(P, CMP_REQUEUE_PI, 0, 1, P + 4, 9)));
    }

    static Stream<Row> addresses() {
        return Stream.of(
                row("misaligned over unmapped", Errno.EINVAL, m -> m.futex(HOLE + 2, WAIT, 0)),
                row("misaligned over a kernel address", Errno.EINVAL, m -> m.futex(KERNEL + 1, WAKE, 0)),
                row("first fault over second misaligned", Errno.EFAULT, m -> m.futex(HOLE, REQUEUE, 1, 1, ODD, 0)),
                row("second over a private first", Errno.EINVAL, m -> m.futex(HOLE, REQUEUE | U, 1, 1, ODD, 0)),
                row("private kernel address first", Errno.EFAULT, m -> m.futex(KERNEL, REQUEUE | U, 1, 1, ODD, 0)),
                row("first misaligned over second fault", Errno.EINVAL, m -> m.futex(ODD, REQUEUE, 1, 1, HOLE, 0)),
                row("second misaligned over a value", Errno.EINVAL, m -> m.futex(P, CMP_REQUEUE, 1, 1, ODD, 9)),
                row("second fault over a value", Errno.EFAULT, m -> m.futex(P, CMP_REQUEUE, 1, 1, HOLE, 9)),
                row("first fault over a wake-op", Errno.EFAULT, m -> m.futex(HOLE, WAKE_OP, 1, 1, P, 0x7000_0000)),
                row("second fault over a wake-op", Errno.EFAULT, m -> m.futex(P, WAKE_OP, 1, 1, HOLE, 0x7000_0000)),
                row(
                        "a wake-op over a private fault",
                        Errno.ENOSYS,
                        m -> m.futex(P, WAKE_OP | U, 1, 1, HOLE, 0x7000_0000)),
                row(
                        "a private fault over a comparison",
                        Errno.EFAULT,
                        m -> m.futex(P, WAKE_OP | U, 1, 1, HOLE, 15 << 24)),
                row("misaligned over a wake-op", Errno.EINVAL, m -> m.futex(P, WAKE_OP, 1, 1, ODD, 0x7000_0000)),
                row("lock fault over misaligned", Errno.EFAULT, m -> m.futex(ODD, WAIT_REQUEUE_PI, 0, 0, HOLE, 0)),
                row("lock misaligned over fault", Errno.EINVAL, m -> m.futex(HOLE, WAIT_REQUEUE_PI, 0, 0, ODD, 0)),
                row("second fault of a requeue", Errno.EFAULT, m -> m.futex(P, CMP_REQUEUE_PI, 1, 1, HOLE, 9)),
                row("first fault of a requeue", Errno.EFAULT, m -> m.futex(HOLE, CMP_REQUEUE_PI, 1, 1, ODD, 9)),
                row("fault over a past deadline", Errno.EFAULT, m -> m.futex(HOLE, WAIT, 0, past(m), 0, 0)),
                row("value over a past deadline", Errno.EAGAIN, m -> m.futex(P, WAIT, 1, past(m), 0, 0)),
                row("value over a past point", Errno.EAGAIN, m -> m.futex(P, WAIT_BITSET, 1, past(m), 0, ANY)),
                row("matching value and a past deadline", Errno.ETIMEDOUT, m -> m.futex(P, WAIT, 0, past(m), 0, 0)),
                row("free lock and a past deadline", 0, m -> m.futex(P, LOCK_PI, 0, past(m), 0, 0)));
    }

    static Stream<Row> unlocks() {
        return Stream.of(
                row("unmapped over misaligned", Errno.EFAULT, m -> m.futex(HOLE + 2, UNLOCK_PI, 0)),
                row("foreign over misaligned", Errno.EPERM, m -> m.futex(ODD, UNLOCK_PI, 0)),
                row("own and misaligned", Errno.EINVAL, m -> {
                    m.storeLong(P, (long) m.task.tid() << 16);
                    return m.futex(ODD, UNLOCK_PI, 0);
                }));
    }

    static Stream<Row> newCalls() {
        return Stream.of(
                row("flags over size", Errno.EINVAL, m -> m.calls.futexWake(m.task, HOLE, 1, 1, 0x100 | U32)),
                row("unknown flag 0x10", Errno.EINVAL, m -> m.calls.futexWake(m.task, HOLE, 1, 1, 0x10 | U32)),
                row("8 bits", Errno.EINVAL, m -> m.calls.futexWake(m.task, HOLE, 1, 1, 0)),
                row("16 bits", Errno.EINVAL, m -> m.calls.futexWake(m.task, HOLE, 1, 1, 1)),
                row("64 bits", Errno.EINVAL, m -> m.calls.futexWake(m.task, HOLE, 1, 1, 3)),
                row("wide mask", Errno.EINVAL, m -> m.calls.futexWake(m.task, HOLE, -1, 1, U32)),
                row("wide value", Errno.EINVAL, m -> m.calls.futexWait(m.task, HOLE, -1, 1, U32, HOLE, 9)),
                row("clock over pointer", Errno.EINVAL, m -> m.calls.futexWait(m.task, HOLE, 0, 1, U32, HOLE, 11)),
                row("pointer over mask", Errno.EFAULT, m -> m.calls.futexWait(m.task, HOLE, 0, 0, U32, HOLE, 1)),
                row("time over mask", Errno.EINVAL, m -> m.calls.futexWait(m.task, HOLE, 0, 1, U32, badTime(m), 1)),
                row("clock without time", Errno.EAGAIN, m -> m.calls.futexWait(m.task, P, 1, 1, U32, 0, 99)),
                row("requeue: parse over counts", Errno.EFAULT, m -> m.calls.futexRequeue(m.task, HOLE, 0, -1, 0)),
                row("waitv flags over all", Errno.EINVAL, m -> m.calls.futexWaitv(m.task, HOLE, 1, 1, HOLE, 99)),
                row("waitv count over time", Errno.EINVAL, m -> m.calls.futexWaitv(m.task, HOLE, 129, 0, HOLE, 1)),
                row("waitv clock over pointer", Errno.EINVAL, m -> m.calls.futexWaitv(m.task, HOLE, 1, 0, HOLE, 99)),
                row("waitv time over array", Errno.EINVAL, m -> m.calls.futexWaitv(m.task, HOLE, 1, 0, badTime(m), 1)),
                row("waitv array", Errno.EFAULT, m -> m.calls.futexWaitv(m.task, HOLE, 1, 0, 0, 99)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"timespecs", "operations", "numbers", "addresses", "unlocks", "newCalls"})
    void call_severalFaults_returnsTheFirstByPrecedence(Row row) {
        Machine m = new Machine();
        assertEquals(-row.errno, row.call.on(m));
    }
}

package org.jfutex.linux;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * The futex system calls: registers in, a value or a negative errno out.
 *
 * <p>Every call is made on behalf of a {@link Task}. Each call that may sleep has two methods: one blocks its thread,
 * and one whose name begins with {@code prepare} never blocks and returns a {@link FutexCall} to poll.
 *
 * <p>Absolute timeouts are times of the table's {@link org.jfutex.time.FutexClock}. That clock must be the one that the
 * guest's clock_gettime shows. Otherwise every absolute deadline is wrong.
 *
 * <p>Pointers are guest addresses; 0 is NULL. With a 32-bit {@link Abi} only the low 32 bits of a register count.
 */
public final class FutexCalls {

    private static final KernelVersion TID_ADDRESS = new KernelVersion(2, 5, 48);
    private static final KernelVersion ROBUST_LIST = new KernelVersion(2, 6, 17);
    private static final KernelVersion TIME64 = new KernelVersion(5, 1, 0);
    private static final KernelVersion WAITV = new KernelVersion(5, 16, 0);
    private static final KernelVersion FUTEX2 = new KernelVersion(6, 7, 0);

    private final CallSettings kernel;
    private final FutexSyscall legacy;
    private final Futex2 futex2;

    /**
     * The calls of a 64-bit little-endian guest, with every setting at its default.
     *
     * @param tasks the tasks that may make calls
     */
    public FutexCalls(TaskTable tasks) {
        this(builder(tasks).kernel());
    }

    FutexCalls(CallSettings kernel) {
        this.kernel = kernel;
        legacy = new FutexSyscall(kernel);
        futex2 = new Futex2(kernel);
    }

    /**
     * Returns a builder for calls with other settings.
     *
     * @param tasks the tasks that may make calls
     * @return a builder with every setting at its default
     */
    public static FutexCallsBuilder builder(TaskTable tasks) {
        return new FutexCallsBuilder(tasks);
    }

    /**
     * Makes a futex(2) call, with any operation.
     *
     * @param task the caller
     * @param uaddr the futex word
     * @param op the operation and its flags
     * @param val an expected value or a count, depending on the operation
     * @param timeout a pointer to a timespec of the ABI's own longs, or as a number val2
     * @param uaddr2 the second futex word
     * @param val3 a bitset, an expected value or an encoded wake-op
     * @return a value, or a negative errno
     */
    public long futex(Task task, long uaddr, int op, int val, long timeout, long uaddr2, int val3) {
        return futex(args(task, uaddr, op, val, timeout, uaddr2, val3), TimeLimit.Format.WORDS);
    }

    /**
     * Makes a futex(2) call without blocking the thread.
     *
     * @param task the caller
     * @param uaddr the futex word
     * @param op the operation and its flags
     * @param val an expected value or a count, depending on the operation
     * @param timeout a pointer to a timespec of the ABI's own longs, or as a number val2
     * @param uaddr2 the second futex word
     * @param val3 a bitset, an expected value or an encoded wake-op
     * @return the call, which may have ended already
     */
    public FutexCall prepareFutex(Task task, long uaddr, int op, int val, long timeout, long uaddr2, int val3) {
        return prepare(args(task, uaddr, op, val, timeout, uaddr2, val3), TimeLimit.Format.WORDS);
    }

    /**
     * Makes a futex_time64 call, which 32-bit ABIs have for 64-bit timespecs.
     *
     * @param task the caller
     * @param uaddr the futex word
     * @param op the operation and its flags
     * @param val an expected value or a count, depending on the operation
     * @param timeout a pointer to a 64-bit timespec, or as a number val2
     * @param uaddr2 the second futex word
     * @param val3 a bitset, an expected value or an encoded wake-op
     * @return a value, or a negative errno
     */
    public long futexTime64(Task task, long uaddr, int op, int val, long timeout, long uaddr2, int val3) {
        return has(TIME64)
                ? futex(args(task, uaddr, op, val, timeout, uaddr2, val3), TimeLimit.Format.LONGS)
                : -Errno.ENOSYS;
    }

    /**
     * Makes a futex_time64 call without blocking the thread.
     *
     * @param task the caller
     * @param uaddr the futex word
     * @param op the operation and its flags
     * @param val an expected value or a count, depending on the operation
     * @param timeout a pointer to a 64-bit timespec, or as a number val2
     * @param uaddr2 the second futex word
     * @param val3 a bitset, an expected value or an encoded wake-op
     * @return the call, which may have ended already
     */
    public FutexCall prepareFutexTime64(Task task, long uaddr, int op, int val, long timeout, long uaddr2, int val3) {
        return has(TIME64)
                ? prepare(args(task, uaddr, op, val, timeout, uaddr2, val3), TimeLimit.Format.LONGS)
                : FutexCall.finished(-Errno.ENOSYS);
    }

    /**
     * Makes a futex_waitv(2) call, number 449.
     *
     * @param task the caller
     * @param waiters a pointer to an array of futex_waitv
     * @param nr its length, 1 to 128
     * @param flags 0
     * @param timeout a pointer to a 64-bit timespec, absolute, or NULL
     * @param clockid 0 for CLOCK_REALTIME, 1 for CLOCK_MONOTONIC
     * @return the index of a woken word, or a negative errno
     */
    public long futexWaitv(Task task, long waiters, int nr, int flags, long timeout, int clockid) {
        return awaited(prepareFutexWaitv(task, waiters, nr, flags, timeout, clockid));
    }

    /**
     * Makes a futex_waitv(2) call without blocking the thread.
     *
     * @param task the caller
     * @param waiters a pointer to an array of futex_waitv
     * @param nr its length, 1 to 128
     * @param flags 0
     * @param timeout a pointer to a 64-bit timespec, absolute, or NULL
     * @param clockid 0 for CLOCK_REALTIME, 1 for CLOCK_MONOTONIC
     * @return the call, which may have ended already
     */
    public FutexCall prepareFutexWaitv(Task task, long waiters, int nr, int flags, long timeout, int clockid) {
        requireNonNull(task, "task");
        if (!has(WAITV)) {
            return FutexCall.finished(-Errno.ENOSYS);
        }
        try {
            return WaitvCall.start(kernel, task, reg(waiters), nr, flags, reg(timeout), clockid);
        } catch (RuntimeException e) {
            return FutexCall.finished(ErrnoException.result(task.isAlive(), e));
        }
    }

    /**
     * Makes a futex_wait(2) call, number 455.
     *
     * @param task the caller
     * @param uaddr the futex word
     * @param val the value that the word must hold
     * @param mask the bitset
     * @param flags the word's size, NUMA, MPOL, PRIVATE
     * @param timeout a pointer to a 64-bit timespec, absolute, or NULL
     * @param clockid 0 for CLOCK_REALTIME, 1 for CLOCK_MONOTONIC
     * @return a value, or a negative errno
     */
    public long futexWait(Task task, long uaddr, long val, long mask, int flags, long timeout, int clockid) {
        return awaited(prepareFutexWait(task, uaddr, val, mask, flags, timeout, clockid));
    }

    /**
     * Makes a futex_wait(2) call without blocking the thread.
     *
     * @param task the caller
     * @param uaddr the futex word
     * @param val the value that the word must hold
     * @param mask the bitset
     * @param flags the word's size, NUMA, MPOL, PRIVATE
     * @param timeout a pointer to a 64-bit timespec, absolute, or NULL
     * @param clockid 0 for CLOCK_REALTIME, 1 for CLOCK_MONOTONIC
     * @return the call, which may have ended already
     */
    public FutexCall prepareFutexWait(
            Task task, long uaddr, long val, long mask, int flags, long timeout, int clockid) {
        requireNonNull(task, "task");
        if (!has(FUTEX2)) {
            return FutexCall.finished(-Errno.ENOSYS);
        }
        try {
            return futex2.wait(task, reg(uaddr), reg(val), reg(mask), flags, reg(timeout), clockid);
        } catch (RuntimeException e) {
            return FutexCall.finished(ErrnoException.result(task.isAlive(), e));
        }
    }

    /**
     * Makes a futex_wake(2) call, number 454.
     *
     * @param task the caller
     * @param uaddr the futex word
     * @param mask the bitset
     * @param nr the maximum number of waiters to wake; unlike FUTEX_WAKE, 0 wakes none
     * @param flags the word's size, NUMA, MPOL, PRIVATE
     * @return the number of woken waiters, or a negative errno
     */
    public long futexWake(Task task, long uaddr, long mask, int nr, int flags) {
        requireNonNull(task, "task");
        if (!has(FUTEX2)) {
            return -Errno.ENOSYS;
        }
        try {
            return futex2.wake(task, reg(uaddr), reg(mask), nr, flags);
        } catch (RuntimeException e) {
            return ErrnoException.result(task.isAlive(), e);
        }
    }

    /**
     * Makes a futex_requeue(2) call, number 456.
     *
     * @param task the caller
     * @param waiters a pointer to two futex_waitv: the source with the value that it must hold, and the target
     * @param flags 0
     * @param nrWake the maximum number of waiters to wake
     * @param nrRequeue the maximum number of further waiters to move
     * @return the number of woken and moved waiters, or a negative errno
     */
    public long futexRequeue(Task task, long waiters, int flags, int nrWake, int nrRequeue) {
        requireNonNull(task, "task");
        if (!has(FUTEX2)) {
            return -Errno.ENOSYS;
        }
        try {
            return futex2.requeue(task, reg(waiters), flags, nrWake, nrRequeue);
        } catch (RuntimeException e) {
            return ErrnoException.result(task.isAlive(), e);
        }
    }

    /**
     * Registers the task's robust list: set_robust_list(2).
     *
     * @param task the caller
     * @param head a pointer to a robust_list_head, or NULL; it is not read before the task exits
     * @param len the size of that structure: 24 bytes, or 12 with a 32-bit ABI
     * @return 0, or a negative errno
     */
    public long setRobustList(Task task, long head, long len) {
        requireNonNull(task, "task");
        if (!has(ROBUST_LIST)) {
            return -Errno.ENOSYS;
        }
        return TaskCalls.setRobustList(kernel.abi(), task, reg(head), reg(len));
    }

    /**
     * Stores where a task's robust list is: get_robust_list(2).
     *
     * @param task the caller
     * @param pid a thread id, 0 for the caller's own
     * @param headPointer where to store the head's address
     * @param lenPointer where to store its size
     * @return 0, or a negative errno
     */
    public long getRobustList(Task task, int pid, long headPointer, long lenPointer) {
        requireNonNull(task, "task");
        if (!has(ROBUST_LIST)) {
            return -Errno.ENOSYS;
        }
        try {
            return TaskCalls.getRobustList(kernel, task, pid, reg(headPointer), reg(lenPointer));
        } catch (RuntimeException e) {
            return ErrnoException.result(task.isAlive(), e);
        }
    }

    /**
     * Sets the task's clear_child_tid: set_tid_address(2).
     *
     * @param task the caller
     * @param tidptr the word that becomes 0 and whose waiter is woken when the task exits, or NULL
     * @return the caller's thread id, or -ENOSYS if the kernel is older than 2.5.48
     */
    public long setTidAddress(Task task, long tidptr) {
        requireNonNull(task, "task");
        if (!has(TID_ADDRESS)) {
            return -Errno.ENOSYS;
        }
        return TaskCalls.setTidAddress(task, reg(tidptr));
    }

    private long futex(FutexSyscall.Args a, TimeLimit.Format format) {
        Op op = legacy.operation(a.op());
        return op == null || !op.sleeps ? run(op, a) : awaited(prepare(a, format));
    }

    /** Awaits a call that only this thread knows. If the signal policy or the clock throws, the call is abandoned. */
    private static long awaited(FutexCall call) {
        try {
            return call.await();
        } catch (Throwable e) {
            call.abandon();
            throw e;
        }
    }

    private FutexCall prepare(FutexSyscall.Args a, TimeLimit.Format format) {
        Op op = legacy.operation(a.op());
        if (op == null || !op.sleeps) {
            return FutexCall.finished(run(op, a));
        }
        try {
            return legacy.start(op, a, format);
        } catch (RuntimeException e) {
            return FutexCall.finished(ErrnoException.result(a.task().isAlive(), e));
        }
    }

    private long run(@Nullable Op op, FutexSyscall.Args a) {
        try {
            return op == null ? -Errno.ENOSYS : legacy.run(op, a);
        } catch (RuntimeException e) {
            return ErrnoException.result(a.task().isAlive(), e);
        }
    }

    private FutexSyscall.Args args(Task task, long uaddr, int op, int val, long timeout, long uaddr2, int val3) {
        return new FutexSyscall.Args(
                requireNonNull(task, "task"), reg(uaddr), op, val, reg(timeout), reg(uaddr2), val3);
    }

    private boolean has(KernelVersion since) {
        return kernel.version().compareTo(since) >= 0;
    }

    private long reg(long value) {
        return kernel.abi().register(value);
    }
}

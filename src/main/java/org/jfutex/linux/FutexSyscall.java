package org.jfutex.linux;

import java.util.function.Supplier;
import org.jfutex.FutexFd;
import org.jfutex.FutexTable;
import org.jfutex.RequeueResult;
import org.jfutex.Scope;
import org.jfutex.WaitOptions;
import org.jfutex.WakeOp;
import org.jfutex.key.Access;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.WordSize;
import org.jfutex.time.ClockId;
import org.jspecify.annotations.Nullable;

/** Decodes futex(2) in Linux's order, which decides the error if several apply. */
final class FutexSyscall {

    /*
     * The order, each step before all later ones:
     *
     *      1  the timespec: EFAULT, EINVAL          operations that sleep only; others never read it
     *      2  a clock flag that the operation does not take: ENOSYS
     *      3  an unknown operation: ENOSYS
     *      4  arguments without an address: EINVAL  bitset 0, negative counts, one address twice
     *      5  the key of uaddr, then of uaddr2: EINVAL if misaligned, EFAULT
     *      6  words: EFAULT, EAGAIN
     */

    private static final int OPERATIONS = WakeOp.Operation.values().length;
    private static final int COMPARISONS = WakeOp.Comparison.values().length;

    private final CallSettings kernel;
    private final FutexTable table;
    private final FutexPiSyscall pi;

    FutexSyscall(CallSettings kernel) {
        this.kernel = kernel;
        this.table = kernel.table();
        this.pi = new FutexPiSyscall(kernel);
    }

    /** The arguments of one call. */
    record Args(Task task, long uaddr, int op, int val, long timeout, long uaddr2, int val3) {

        FutexMemory memory() {
            return task.memory();
        }

        Scope scope() {
            return (op & Op.PRIVATE_FLAG) != 0 ? Scope.PRIVATE : Scope.SHARED;
        }

        /** Returns the timeout argument as the number that operations without a timeout take there. */
        int val2() {
            return (int) timeout;
        }
    }

    /** Returns the operation with a number, null if this kernel version has none. */
    @Nullable
    Op operation(int op) {
        Op known = Op.of(op);
        return known != null && known.existsIn(kernel.version()) ? known : null;
    }

    /** Runs an operation that never sleeps. */
    long run(Op op, Args a) {
        ErrnoException.unless((a.op & Op.CLOCK_REALTIME) == 0, Errno.ENOSYS);
        return switch (op) {
            case WAKE -> wake(a, WaitOptions.MATCH_ANY);
            case WAKE_BITSET -> wake(a, a.val3);
            case REQUEUE -> requeue(a, false);
            case CMP_REQUEUE -> requeue(a, true);
            case WAKE_OP -> wakeOp(a);
            case FD -> fd(a);
            case UNLOCK_PI -> pi.unlock(a);
            case TRYLOCK_PI -> pi.tryLock(a);
            case CMP_REQUEUE_PI -> pi.requeue(a);
            default -> throw new AssertionError(op);
        };
    }

    /** Starts an operation that may sleep. */
    FutexCall start(Op op, Args a, TimeLimit.Format format) {
        Supplier<TimeLimit> limits = () -> limit(op, a, format);
        TimeLimit limit = limits.get();
        ErrnoException.unless((a.op & Op.CLOCK_REALTIME) == 0 || op.takesClock(), Errno.ENOSYS);
        return switch (op) {
            case WAIT -> wait(a, limit, WaitOptions.MATCH_ANY);
            case WAIT_BITSET -> wait(a, limit, a.val3);
            case LOCK_PI, LOCK_PI2 -> pi.lock(a, limit, limits);
            case WAIT_REQUEUE_PI -> pi.waitForRequeue(a, limit, limits);
            default -> throw new AssertionError(op);
        };
    }

    private TimeLimit limit(Op op, Args a, TimeLimit.Format format) {
        if (a.timeout == 0) {
            return TimeLimit.NONE;
        }
        long nanos = TimeLimit.read(kernel.guest(a.task), a.timeout, format);
        if (op == Op.WAIT) {
            return TimeLimit.after(kernel.clock(), nanos);
        }
        boolean realtime = op == Op.LOCK_PI || (a.op & Op.CLOCK_REALTIME) != 0;
        return new TimeLimit(realtime ? ClockId.REALTIME : ClockId.MONOTONIC, nanos);
    }

    private FutexCall wait(Args a, TimeLimit limit, int bitset) {
        ErrnoException.unless(bitset != 0, Errno.EINVAL);
        AddressChecks.aligned(a.uaddr);
        boolean timed = limit.exists(); // with a timeout Linux restarts through a restart block
        return new WaitCall(kernel, a.task, limit, () -> limit, a::memory, a.uaddr, a.scope(), a.val, bitset, timed)
                .start();
    }

    private long wake(Args a, int bitset) {
        ErrnoException.unless(bitset != 0, Errno.EINVAL);
        AddressChecks.aligned(a.uaddr);
        return wake(table, a.memory(), a.uaddr, a.scope(), atLeastOne(a.val), bitset);
    }

    private long requeue(Args a, boolean compare) {
        ErrnoException.unless(a.val >= 0 && a.val2() >= 0, Errno.EINVAL);
        AddressChecks.aligned(a.memory(), a.scope(), a.uaddr, a.uaddr2);
        return requeue(table, a.memory(), a.uaddr, a.uaddr2, a.scope(), a.val, a.val2(), compare ? a.val3 : null);
    }

    private long wakeOp(Args a) {
        FutexMemory memory = a.memory();
        Scope scope = a.scope();
        AddressChecks.aligned(memory, scope, a.uaddr, a.uaddr2);
        boolean knownOperation = (a.val3 >>> 28 & 7) < OPERATIONS;
        boolean knownComparison = (a.val3 >>> 24 & 15) < COMPARISONS;
        if (knownOperation) {
            AddressChecks.makeResident(memory, scope, a.uaddr2);
        }
        if (knownOperation && knownComparison) {
            int wake = atLeastOne(a.val);
            int conditional = atLeastOne(a.val2());
            return table.wakeOp(memory, a.uaddr, a.uaddr2, scope, wake, conditional, WakeOp.decode(a.val3));
        }
        AddressChecks.resolve(memory, scope, a.uaddr, Access.READ);
        AddressChecks.resolve(memory, scope, a.uaddr2, Access.WRITE);
        if (knownOperation) {
            WakeOp.decode(a.val3 & ~(15 << 24))
                    .applyTo(memory, a.uaddr2); // Linux checks the comparison's code after the change
        }
        return -Errno.ENOSYS;
    }

    /** Runs FUTEX_FD: reserves the number, then opens the file. The key is shared, whatever the flag says. */
    private long fd(Args a) {
        int signal = a.val;
        ErrnoException.unless(signal >= 0 && signal <= FutexFd.MAX_SIGNAL, Errno.EINVAL);
        FdTable fds = kernel.fds();
        if (fds == null) {
            return -Errno.EMFILE;
        }
        int fd = fds.reserve(a.task);
        if (fd < 0) {
            return fd;
        }
        FutexFd file = null;
        boolean done = false;
        try {
            AddressChecks.aligned(a.uaddr);
            var options = new FutexFd.Options(signal, (from, number) -> fds.signal(a.task, fd, number), false);
            file = FutexFd.open(table, a.memory(), a.uaddr, Scope.SHARED, options);
            fds.install(a.task, fd, file);
            done = true;
            return fd;
        } finally {
            if (!done && file != null) {
                file.close();
            }
            if (!done) {
                fds.release(a.task, fd);
            }
        }
    }

    /**
     * Returns the number of waiters that Linux wakes. It checks the count after each wake, so zero or less wakes one.
     */
    static int atLeastOne(int nr) {
        return Math.max(nr, 1);
    }

    /** Wakes waiters whose bitset intersects the given one. */
    static long wake(FutexTable table, FutexMemory memory, long address, Scope scope, int count, int bitset) {
        return bitset == WaitOptions.MATCH_ANY
                ? table.wake(memory, address, scope, count)
                : table.wake(memory, address, scope, count, WaitOptions.DEFAULT.bitset(bitset));
    }

    /** Wakes and moves waiters, if the word holds the expected value or the expected value is null. */
    static long requeue(
            FutexTable table,
            FutexMemory memory,
            long from,
            long to,
            Scope scope,
            int wake,
            int move,
            @Nullable Integer expected) {
        if (expected == null) {
            return table.requeue(memory, from, to, scope, wake, move).total();
        }
        long value = Integer.toUnsignedLong(expected);
        RequeueResult done = table.compareAndRequeue(memory, from, to, scope, WordSize.U32, wake, move, value);
        return done.valueDiffered() ? -Errno.EAGAIN : done.total();
    }
}

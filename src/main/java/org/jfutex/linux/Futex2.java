package org.jfutex.linux;

import java.util.function.Supplier;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.key.Access;
import org.jfutex.key.FutexMemory;

/** The calls with futex2 flags: futex_wake, futex_wait, futex_requeue (454 to 456, Linux 6.7). */
final class Futex2 {

    static final int SIZE_MASK = 0x3;
    static final int SIZE_U32 = FutexConstants.FUTEX2_SIZE_U32;
    static final int NUMA = FutexConstants.FUTEX2_NUMA;
    static final int MPOL = FutexConstants.FUTEX2_MPOL;
    static final int PRIVATE = FutexConstants.FUTEX2_PRIVATE;

    private final CallSettings kernel;
    private final FutexTable table;

    Futex2(CallSettings kernel) {
        this.kernel = kernel;
        this.table = kernel.table();
    }

    /** Refuses unknown flags, and sizes that Linux does not support. */
    static void checkFlags(int flags) {
        ErrnoException.unless((flags & ~(SIZE_MASK | NUMA | MPOL | PRIVATE)) == 0, Errno.EINVAL);
        ErrnoException.unless((flags & SIZE_MASK) == SIZE_U32, Errno.EINVAL);
    }

    /** Refuses a value that a word of 32 bits cannot hold. */
    static void checkWidth(long value) {
        ErrnoException.unless(value >>> 32 == 0, Errno.EINVAL);
    }

    static Scope scope(int flags) {
        return (flags & PRIVATE) != 0 ? Scope.PRIVATE : Scope.SHARED;
    }

    /**
     * Checks the alignment and, with NUMA, the node. This is the first part of step 5 of {@link FutexSyscall}. MPOL
     * takes the node from the mapping's policy; a mapping without a policy has none.
     *
     * @return the memory through which the word's key is computed
     */
    static FutexMemory place(Task task, long address, int flags) {
        if ((flags & NUMA) == 0) {
            AddressChecks.aligned(address);
            return task.memory();
        }
        NumaMemory memory = task.mm().numa;
        ErrnoException.unless((address & 7) == 0, Errno.EINVAL);
        AddressChecks.resolve(memory, Scope.PRIVATE, address, Access.READ);
        memory.settleNode(address);
        return memory;
    }

    FutexCall wait(Task task, long uaddr, long val, long mask, int flags, long timeout, int clockid) {
        checkFlags(flags);
        checkWidth(val);
        checkWidth(mask);
        Supplier<TimeLimit> limits = () -> TimeLimit.at(kernel.guest(task), timeout, clockid);
        TimeLimit limit = limits.get();
        ErrnoException.unless(mask != 0, Errno.EINVAL);
        Supplier<FutexMemory> place = () -> place(task, uaddr, flags);
        return new WaitCall(kernel, task, limit, limits, place, uaddr, scope(flags), (int) val, (int) mask, false)
                .start();
    }

    long wake(Task task, long uaddr, long mask, int nr, int flags) {
        checkFlags(flags);
        checkWidth(mask);
        ErrnoException.unless(mask != 0, Errno.EINVAL);
        FutexMemory memory = place(task, uaddr, flags);
        int count = nr == 0 ? 0 : FutexSyscall.atLeastOne(nr); // here 0 wakes none, but the address is checked
        return FutexSyscall.wake(table, memory, uaddr, scope(flags), count, (int) mask);
    }

    long requeue(Task task, long waiters, int flags, int nrWake, int nrRequeue) {
        ErrnoException.unless(flags == 0 && waiters != 0, Errno.EINVAL);
        WaitvEntry[] both = WaitvEntry.parse(kernel.guest(task), waiters, 2);
        WaitvEntry from = both[0];
        WaitvEntry to = both[1];
        ErrnoException.unless(from.flags() == to.flags(), Errno.EINVAL);
        ErrnoException.unless(nrWake >= 0 && nrRequeue >= 0, Errno.EINVAL);
        FutexMemory memory = place(task, from.uaddr(), from.flags());
        if (!isPlain(to)) {
            AddressChecks.resolve(
                    memory, from.scope(), from.uaddr(), Access.READ); // its fault precedes the second word's errors
            place(task, to.uaddr(), to.flags());
        }
        return FutexSyscall.requeue(
                table, memory, from.uaddr(), to.uaddr(), from.scope(), nrWake, nrRequeue, (int) from.val());
    }

    private static boolean isPlain(WaitvEntry e) {
        return (e.flags() & NUMA) == 0 && AddressChecks.isAligned(e.uaddr());
    }
}

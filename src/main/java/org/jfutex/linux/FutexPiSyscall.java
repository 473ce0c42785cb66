package org.jfutex.linux;

import java.util.function.Supplier;
import org.jfutex.FutexTable;
import org.jfutex.PiRequeueResult;
import org.jfutex.PiResult;
import org.jfutex.Scope;
import org.jfutex.key.Access;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;

/** Runs the operations of futex(2) on PI locks, with errors in Linux's order. */
final class FutexPiSyscall {

    private final CallSettings kernel;
    private final FutexTable table;

    FutexPiSyscall(CallSettings kernel) {
        this.kernel = kernel;
        this.table = kernel.table();
    }

    FutexCall lock(FutexSyscall.Args a, TimeLimit limit, Supplier<TimeLimit> limitOfRestart) {
        AddressChecks.aligned(a.uaddr());
        return new LockPiCall(kernel, a.task(), limit, limitOfRestart, a.uaddr(), a.scope()).start();
    }

    long tryLock(FutexSyscall.Args a) {
        AddressChecks.aligned(a.uaddr());
        AddressChecks.makeResident(a.memory(), a.scope(), a.uaddr());
        return ErrnoMapping.of(a.task().unlessItExits(() -> a.task().pi().tryLock(a.uaddr(), a.scope())));
    }

    /** Runs UNLOCK_PI. Linux reads the word and compares the owner before it checks the address. */
    long unlock(FutexSyscall.Args a) {
        if (!AddressChecks.isAligned(a.uaddr())) {
            int owner = kernel.guest(a.task()).loadInt(a.uaddr()) & RobustList.TID_MASK;
            return owner == a.task().tid() ? -Errno.EINVAL : -Errno.EPERM;
        }
        return ErrnoMapping.of(a.task().pi().unlock(a.uaddr(), a.scope()));
    }

    FutexCall waitForRequeue(FutexSyscall.Args a, TimeLimit limit, Supplier<TimeLimit> limitOfRestart) {
        ErrnoException.unless(a.uaddr() != a.uaddr2(), Errno.EINVAL);
        AddressChecks.aligned(a.uaddr2());
        if (!AddressChecks.isAligned(a.uaddr())) {
            AddressChecks.resolve(
                    a.memory(), a.scope(), a.uaddr2(), Access.WRITE); // Linux computes the lock's key first
            throw new ErrnoException(Errno.EINVAL);
        }
        return new RequeuePiCall(kernel, limit, limitOfRestart, a).start();
    }

    long requeue(FutexSyscall.Args a) {
        ErrnoException.unless(a.val() == 1 && a.val2() >= 0, Errno.EINVAL);
        ErrnoException.unless(a.uaddr() != a.uaddr2(), Errno.EINVAL);
        FutexMemory memory = a.memory();
        Scope scope = a.scope();
        AddressChecks.aligned(memory, scope, a.uaddr(), a.uaddr2());
        if (!makeResident(memory, scope, a)) {
            return -Errno.EAGAIN;
        }
        PiRequeueResult done;
        try {
            done = table.compareAndRequeuePi(memory, a.uaddr(), a.uaddr2(), scope, a.val2(), a.val3());
        } catch (IllegalArgumentException alias) {
            return -Errno.EINVAL; // two addresses of one word, the only remaining refusal
        }
        return done.outcome() == PiResult.REQUEUED ? done.total() : ErrnoMapping.of(done.outcome());
    }

    /**
     * Makes the lock's word resident. Linux compares the first word before that. Returns false if that word differs, in
     * which case its error precedes that of the lock's word.
     */
    private boolean makeResident(FutexMemory memory, Scope scope, FutexSyscall.Args a) {
        try {
            AddressChecks.makeResident(memory, scope, a.uaddr2());
            return true;
        } catch (MemoryFaultException e) {
            if (!memory.isUserAddress(a.uaddr2()) || memory.load(a.uaddr()) == a.val3()) {
                throw e;
            }
            return false;
        }
    }
}

package org.jfutex.linux;

import java.util.function.Supplier;
import org.jfutex.FutexTable;
import org.jfutex.PiResult;
import org.jfutex.RequeuePiResult;
import org.jfutex.Scope;
import org.jfutex.key.Access;
import org.jfutex.key.FutexMemory;

/** Runs the operations of futex(2) on PI locks, with errors in Linux's order. */
final class LegacyPi {

    private final Kernel kernel;
    private final FutexTable table;

    LegacyPi(Kernel kernel) {
        this.kernel = kernel;
        this.table = kernel.table();
    }

    FutexCall lock(Legacy.Args a, TimeLimit limit, Supplier<TimeLimit> limitOfRestart) {
        Key.aligned(a.uaddr());
        return new LockPiCall(kernel, a.task(), limit, limitOfRestart, a.uaddr(), a.scope()).start();
    }

    long tryLock(Legacy.Args a) {
        Key.aligned(a.uaddr());
        return Results.of(a.task().unlessItExits(() -> a.task().pi().tryLock(a.uaddr(), a.scope())));
    }

    /** Runs UNLOCK_PI. Linux reads the word and compares the owner before it checks the address. */
    long unlock(Legacy.Args a) {
        if (!Key.isAligned(a.uaddr())) {
            int owner = kernel.guest(a.task()).loadInt(a.uaddr()) & RobustList.TID_MASK;
            return owner == a.task().tid() ? -Errno.EINVAL : -Errno.EPERM;
        }
        return Results.of(a.task().pi().unlock(a.uaddr(), a.scope()));
    }

    FutexCall waitForRequeue(Legacy.Args a, TimeLimit limit, Supplier<TimeLimit> limitOfRestart) {
        Refusal.unless(a.uaddr() != a.uaddr2(), Errno.EINVAL);
        Key.aligned(a.uaddr2());
        if (!Key.isAligned(a.uaddr())) {
            Key.resolve(a.memory(), a.scope(), a.uaddr2(), Access.WRITE); // Linux computes the lock's key first
            throw new Refusal(Errno.EINVAL);
        }
        return new RequeuePiCall(kernel, limit, limitOfRestart, a).start();
    }

    long requeue(Legacy.Args a) {
        Refusal.unless(a.val() == 1 && a.val2() >= 0, Errno.EINVAL);
        Refusal.unless(a.uaddr() != a.uaddr2(), Errno.EINVAL);
        FutexMemory memory = a.memory();
        Scope scope = a.scope();
        Key.aligned(memory, scope, a.uaddr(), a.uaddr2());
        RequeuePiResult done;
        try {
            done = table.compareAndRequeuePi(memory, a.uaddr(), a.uaddr2(), scope, a.val2(), a.val3());
        } catch (IllegalArgumentException alias) {
            return -Errno.EINVAL; // two addresses of one word, the only remaining refusal
        }
        return done.outcome() == PiResult.REQUEUED ? done.total() : Results.of(done.outcome());
    }
}

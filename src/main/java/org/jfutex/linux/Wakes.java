package org.jfutex.linux;

import java.util.concurrent.locks.LockSupport;
import org.jfutex.FutexTable;
import org.jfutex.MixedWaitersException;
import org.jfutex.RequeueResult;
import org.jfutex.Scope;
import org.jfutex.WaitOptions;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;
import org.jspecify.annotations.Nullable;

/** Wakes and moves waiters for the system calls, and for the kernel at a task's exit. */
final class Wakes {

    private static final long PAUSE = 1_000_000;

    private Wakes() {}

    /**
     * Returns the number of waiters that Linux wakes. It checks the count after each wake, so zero or less wakes one.
     */
    static int atLeastOne(int nr) {
        return Math.max(nr, 1);
    }

    static long wake(FutexTable table, FutexMemory memory, long address, Scope scope, int count, int bitset) {
        return bitset == WaitOptions.MATCH_ANY
                ? table.wake(memory, address, scope, count)
                : table.wake(memory, address, scope, count, WaitOptions.DEFAULT.bitset(bitset));
    }

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

    /**
     * Wakes one waiter by a shared operation, as the kernel does at an exit. No caller could handle a failure. If there
     * is no heap memory, the method retries until there is, since no other thread makes this wake.
     */
    static void byKernel(FutexTable table, FutexMemory memory, long address) {
        for (boolean over = !AddressChecks.isAligned(address); !over; ) {
            try {
                table.wake(memory, address, Scope.SHARED, 1);
                over = true;
            } catch (MemoryFaultException | MixedWaitersException e) {
                over = true;
            } catch (OutOfMemoryError e) {
                LockSupport.parkNanos(PAUSE);
            }
        }
    }
}

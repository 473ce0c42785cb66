package org.jfutex.sync;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.jfutex.FutexTable;
import org.jfutex.MixedWaitersException;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.WaitOptions;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;

/**
 * The word that represents a lock, and the operations on its value and its queue of sleeping threads.
 *
 * <p>Locks extend this class instead of holding an instance. One pointer less on the path to the memory saves a quarter
 * of the cost of an uncontended lock.
 */
class FutexWord {

    private static final long PAUSE = 1_000_000;

    private static final Deadline PASSED = Deadline.after(0);

    /**
     * The number of consecutive failed attempts after which a loop over a word ends. Contention alone does not cause so
     * many.
     */
    static final int MAX_FAILURES = 1 << 20;

    final FutexTable table;
    final FutexMemory memory;
    final long address;
    final Scope scope;

    FutexWord(FutexTable table, FutexMemory memory, long address, Scope scope) {
        this.table = requireNonNull(table, "table");
        this.memory = requireNonNull(memory, "memory");
        this.scope = requireNonNull(scope, "scope");
        this.address = address;
        if ((address & 3) != 0) {
            throw new IllegalArgumentException("address 0x" + Long.toHexString(address) + " is not a multiple of 4");
        }
    }

    final int load() {
        return memory.load(address);
    }

    final boolean compareAndSet(int expected, int desired) {
        return memory.compareAndExchange(address, expected, desired) == expected;
    }

    final int getAndSet(int value) {
        return memory.getAndSet(address, value);
    }

    /**
     * Counts an attempt to change the word that has failed because another thread changed the word.
     *
     * @param failures how many attempts in a row have failed before
     * @return one more
     * @throws IllegalStateException if these are too many: the word is not a lock any more, but data that a thread
     *     keeps rewriting
     */
    final int failed(int failures) {
        if (failures >= MAX_FAILURES) {
            throw new IllegalStateException(this + " changes without end");
        }
        return failures + 1;
    }

    /** Sleeps while the word holds a value. Whatever the result, the caller reads the word again. */
    final WaitResult sleep(int expected, Deadline deadline) throws InterruptedException {
        return table.await(memory, address, scope, expected, deadline);
    }

    /** Queues the caller, to sleep later. */
    final PreparedWait prepare(int expected, WaitOptions options) {
        return table.prepare(memory, address, scope, Integer.toUnsignedLong(expected), options);
    }

    /**
     * Wakes sleeping threads after an atomic change of the word; all changes of words in this package are atomic. Once
     * the word has changed, another thread may have freed or reused its memory. In that case none of our waiters is
     * left there, so a fault is ignored. If the wake runs out of memory, the caller retries until it succeeds, as the
     * JDK's locks do.
     */
    final int wake(int count) {
        while (true) {
            try {
                return table.wakePublished(memory, address, scope, count);
            } catch (MemoryFaultException | MixedWaitersException reused) {
                return 0;
            } catch (OutOfMemoryError e) {
                LockSupport.parkNanos(PAUSE);
            }
        }
    }

    final int wake(int count, WaitOptions options) {
        while (true) {
            try {
                return table.wake(memory, address, scope, count, options);
            } catch (OutOfMemoryError e) {
                LockSupport.parkNanos(PAUSE);
            }
        }
    }

    /** The deadline of a call that waits at most for this time. All sleeps of the call use the same deadline. */
    final Deadline deadline(long time, TimeUnit unit) {
        long nanos = unit.toNanos(time);
        return nanos <= 0 ? PASSED : Deadline.at(ClockId.MONOTONIC, end(nanos));
    }

    /** An attempt that ends at the latest when this time has passed. */
    final LockAttempt attempt(long time, TimeUnit unit) {
        long nanos = unit.toNanos(time);
        return nanos <= 0 ? LockAttempt.withoutWaiting(this) : LockAttempt.until(this, end(nanos));
    }

    /**
     * The time of the monotonic clock that many nanoseconds from now, limited to the range of {@code long}.
     */
    final long end(long nanos) {
        long now = now();
        long end = now + nanos;
        return ((now ^ end) & (nanos ^ end)) < 0 ? saturated(now) : end;
    }

    /**
     * The nanoseconds from now to a time of the monotonic clock, limited to the range of {@code long}; negative after
     * that time.
     */
    final long remaining(long end) {
        long now = now();
        long left = end - now;
        return ((end ^ now) & (end ^ left)) < 0 ? saturated(end) : left;
    }

    private static long saturated(long direction) {
        return direction < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }

    private long now() {
        return table.clock().nanos(ClockId.MONOTONIC);
    }

    /**
     * Describes a lock with its state. If the memory fails, the description says that the word is unreadable.
     *
     * @param kind the kind of the lock
     * @param state the state that a word stands for
     */
    final String describe(String kind, IntFunction<String> state) {
        String described;
        try {
            described = state.apply(load());
        } catch (Throwable unreadable) {
            described = "unreadable";
        }
        return kind + " (" + described + ") in " + location();
    }

    final String location() {
        return scope + " word 0x" + Long.toHexString(address) + " of " + memory;
    }

    @Override
    public String toString() {
        return location();
    }
}

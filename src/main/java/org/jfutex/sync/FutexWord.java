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
 * The word that a lock is: its value, and the queue of those who sleep on it.
 *
 * <p>Locks extend it instead of having one, for one pointer less on the way to the memory is a quarter of the price
 * of an uncontended lock.
 */
class FutexWord {

    private static final long PAUSE = 1_000_000;

    private static final Deadline PASSED = Deadline.after(0);

    /**
     * The number of failed attempts in a row after which a loop over a word ends: more than any contention brings
     * about.
     */
    static final int MOST_FAILURES = 1 << 20;

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
        if (failures >= MOST_FAILURES) {
            throw new IllegalStateException(this + " is rewritten all the time");
        }
        return failures + 1;
    }

    /** Sleeps while the word holds a value. Whatever the result, the caller reads the word again. */
    final WaitResult sleep(int expected, Deadline deadline) throws InterruptedException {
        return table.await(memory, address, scope, expected, deadline);
    }

    /** Queues the caller, to sleep later. */
    final PreparedWait prepare(int expected, WaitOptions channels) {
        return table.prepare(memory, address, scope, Integer.toUnsignedLong(expected), channels);
    }

    /**
     * Wakes sleepers after an atomic change of the word; all changes here are. By that change the word may be
     * another's already, who has used its memory otherwise or given it back: then none of ours sleeps there. Who finds
     * no memory for the wake tries again until there is some, as the JDK's locks do.
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

    final int wake(int count, WaitOptions channels) {
        while (true) {
            try {
                return table.wake(memory, address, scope, count, channels);
            } catch (OutOfMemoryError e) {
                LockSupport.parkNanos(PAUSE);
            }
        }
    }

    /** The point of time at which a caller gives up who wants to wait so long, however often it must go to sleep. */
    final Deadline deadline(long time, TimeUnit unit) {
        long nanos = unit.toNanos(time);
        return nanos <= 0 ? PASSED : Deadline.at(ClockId.MONOTONIC, end(nanos));
    }

    /** An attempt that ends after a while at the latest. */
    final LockAttempt attempt(long time, TimeUnit unit) {
        long nanos = unit.toNanos(time);
        return nanos <= 0 ? LockAttempt.withoutWaiting(this) : LockAttempt.until(this, end(nanos));
    }

    /**
     * What the monotonic clock says after a while, or its last point if that is later, or its first one if that is
     * earlier.
     */
    final long end(long nanos) {
        long now = now();
        long end = now + nanos;
        return ((now ^ end) & (nanos ^ end)) < 0 ? last(now) : end;
    }

    /** How long it is until then, negative afterwards; as far as that can be represented. */
    final long left(long end) {
        long now = now();
        long left = end - now;
        return ((end ^ now) & (end ^ left)) < 0 ? last(end) : left;
    }

    private static long last(long direction) {
        return direction < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }

    private long now() {
        return table.clock().nanos(ClockId.MONOTONIC);
    }

    /**
     * Describes a lock with its state. A memory that fails does not make a description fail.
     *
     * @param kind what the lock is
     * @param state the state that a word stands for
     */
    final String describe(String kind, IntFunction<String> state) {
        String described;
        try {
            described = state.apply(load());
        } catch (Throwable unreadable) {
            described = "unreadable";
        }
        return kind + " (" + described + ") in " + place();
    }

    final String place() {
        return scope + " word 0x" + Long.toHexString(address) + " of " + memory;
    }

    @Override
    public String toString() {
        return place();
    }
}

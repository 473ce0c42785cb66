package org.jfutex.sync;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.TimeUnit;
import org.jfutex.Deadline;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.Timeline;
import org.jfutex.WaitOptions;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;

/** The word that a lock is made of: its value, and the queue of those who sleep on it. */
final class FutexWord {

    private static final Deadline PASSED = Deadline.after(0);

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

    int load() {
        return memory.load(address);
    }

    boolean compareAndSet(int expected, int desired) {
        return memory.compareAndExchange(address, expected, desired) == expected;
    }

    int getAndSet(int value) {
        return memory.getAndSet(address, value);
    }

    /** Sleeps while the word holds a value. Whatever the result, the caller looks at the word again. */
    WaitResult await(int expected, Deadline deadline) throws InterruptedException {
        return table.await(memory, address, scope, expected, deadline);
    }

    /** Queues the caller, to sleep later. */
    PreparedWait prepare(int expected) {
        return table.prepare(memory, address, scope, expected);
    }

    PreparedWait prepare(int expected, WaitOptions channels) {
        return table.prepare(memory, address, scope, Integer.toUnsignedLong(expected), channels);
    }

    /** Wakes sleepers after an atomic change of the word; all changes here are. */
    int wake(int count) {
        return table.wakePublished(memory, address, scope, count);
    }

    int wake(int count, WaitOptions channels) {
        return table.wake(memory, address, scope, count, channels);
    }

    /** The point of time at which a caller gives up who wants to wait so long, however often it must go to sleep. */
    Deadline deadline(long time, TimeUnit unit) {
        long nanos = unit.toNanos(time);
        return nanos <= 0 ? PASSED : Deadline.at(Timeline.MONOTONIC, end(nanos));
    }

    /** What the monotonic clock says after a while, or its last point if that is later. */
    long end(long nanos) {
        long now = now();
        return nanos > Long.MAX_VALUE - Math.max(now, 0) ? Long.MAX_VALUE : now + nanos;
    }

    long now() {
        return table.clock().nanos(Timeline.MONOTONIC);
    }

    @Override
    public String toString() {
        return scope + " word 0x" + Long.toHexString(address) + " of " + memory;
    }
}

package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.util.OptionalLong;
import org.jfutex.key.FutexKey;
import org.jspecify.annotations.Nullable;

/**
 * One waiter, as a dump saw it.
 *
 * @param key what it waits on now
 * @param pending the wait itself, by whose identity whoever prepared it finds out which of its guests this is; a wait on many words is there once for each
 * @param thread the thread that sleeps on it; null if it is polled or has a call-back
 * @param since when a dump first saw it, in nanoseconds of the table's monotonic clock and to within 17 ms: who falls asleep asks no clock
 * @param expected the value that the word held when the waiter was queued; empty if it did not ask, or has been requeued since and so waits
 *     on another word
 * @param actual the value that the word holds now; empty if it cannot be read
 */
public record WaiterInfo(
        FutexKey key,
        PendingWait<?> pending,
        @Nullable Thread thread,
        long since,
        OptionalLong expected,
        OptionalLong actual) {

    /** Refuses what is missing. */
    public WaiterInfo {
        requireNonNull(key, "key");
        requireNonNull(pending, "pending");
        requireNonNull(expected, "expected");
        requireNonNull(actual, "actual");
    }

    /**
     * The task that waits for a lock that inherits, or for a requeue to one.
     *
     * @return the task; null if this is another kind of wait
     */
    public @Nullable PiTask task() {
        return pending instanceof PiWait pi ? pi.task() : null;
    }

    /**
     * Whether the word is no longer what the waiter sleeps on: somebody changed it and has not woken this waiter, or not yet.
     *
     * <p>If it stays so, a wake is missing in the program that uses the futex, or none is due: a word may count what its waiters need not hear of, as those of
     * conditions, latches, barriers and read-write locks do.
     *
     * @return whether both values are known and differ
     */
    public boolean changedButNotWoken() {
        return expected.isPresent() && actual.isPresent() && expected.getAsLong() != actual.getAsLong();
    }

    @Override
    public String toString() {
        PiTask task = task();
        return key + ": " + (task == null ? "" : task + ", ")
                + (thread == null ? "no thread" : thread.getName())
                + " since " + since
                + (expected.isPresent() ? " expects 0x" + Long.toHexString(expected.getAsLong()) : " expects nothing")
                + (actual.isPresent() ? ", holds 0x" + Long.toHexString(actual.getAsLong()) : ", unreadable")
                + (changedButNotWoken() ? ", changed but not woken" : "");
    }
}

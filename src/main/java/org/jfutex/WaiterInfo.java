package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.util.OptionalLong;
import org.jfutex.key.FutexKey;
import org.jspecify.annotations.Nullable;

/**
 * One waiter, as a dump found it.
 *
 * @param key the key on which it waits now
 * @param pending the wait object; compare it by identity with the one you prepared. A wait on several words is listed
 *     once for each
 * @param thread the thread that sleeps on it; null if it is polled or has a callback
 * @param since when a dump first saw it, in nanoseconds of the table's monotonic clock, with a resolution of 17 ms. It
 *     is not the time when the wait began, since a wait reads no clock
 * @param expected the value that the word held when the waiter was queued; empty if the wait did not compare it, or has
 *     been requeued since and so waits on another word
 * @param actual the value that the word holds now; empty if it cannot be read
 */
public record WaiterInfo(
        FutexKey key,
        PendingWait<?> pending,
        @Nullable Thread thread,
        long since,
        OptionalLong expected,
        OptionalLong actual) {

    /** Checks that no component is null, except {@code thread}. */
    public WaiterInfo {
        requireNonNull(key, "key");
        requireNonNull(pending, "pending");
        requireNonNull(expected, "expected");
        requireNonNull(actual, "actual");
    }

    /**
     * Returns the task that waits for a priority-inheritance lock, or for a requeue to one.
     *
     * @return the task; null if this is another kind of wait
     */
    public @Nullable PiTask task() {
        return pending instanceof PiWait pi ? pi.task() : null;
    }

    /**
     * Returns whether the word no longer holds the expected value, so that a thread changed it and has not, or not yet,
     * woken this waiter.
     *
     * <p>If this remains true, a wake is missing in the program that uses the futex. Some programs omit that wake
     * intentionally: conditions, latches, barriers and read-write locks change their word without waking.
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

package org.jfutex;

import org.jfutex.key.FirstFailure;
import org.jfutex.key.FutexKey;
import org.jspecify.annotations.Nullable;

/**
 * The waiters that an operation has woken, to be notified after its locks are released.
 *
 * <p>They are chained through {@link Waiter#next}, which has no other use once a waiter has left its queue.
 */
final class WakeList {

    private @Nullable Waiter first;
    private @Nullable Waiter last;
    private int count;

    /** Ends a wait by waking it. */
    void wakeLocked(WaitQueue q, Waiter w) {
        w.endLocked(q, WaitResult.WOKEN);
        addEnded(w);
    }

    /**
     * Wakes waiters of a key whose bitset intersects the given one.
     *
     * @throws MixedWaitersException at the first PI waiter; those in front of it have been woken
     */
    void wakeLocked(Bucket b, FutexKey key, long hash, int count, int bitset) {
        WaitQueue q = b.findLocked(key, hash);
        if (q != null) {
            wakeLocked(q, count, bitset);
        }
    }

    /** Wakes waiters of a queue whose bitset intersects the given one. */
    void wakeLocked(WaitQueue q, int count, int bitset) {
        if (bitset == WaitOptions.MATCH_ANY && count >= q.size && q.nonPlainCount == 0) {
            wakeAllLocked(q);
            return;
        }
        int end = this.count + count;
        for (Waiter w = q.head; w != null && this.count != end; ) {
            if (w.kind() != Waiter.Kind.PLAIN) {
                throw new MixedWaitersException(q);
            }
            Waiter next = w.next;
            if ((w.options.bitset() & bitset) != 0) {
                wakeLocked(q, w);
            }
            w = next;
        }
    }

    /** Wakes all waiters of a queue, which are plain ones, by appending its chain to this list. */
    private void wakeAllLocked(WaitQueue q) {
        Waiter head = q.head;
        Waiter tail = q.tail;
        if (head == null || tail == null) {
            return;
        }
        count += q.size;
        q.wakeAllLocked();
        if (last == null) {
            first = head;
        } else {
            last.next = head;
        }
        last = tail;
    }

    /** Adds a waiter that was removed from its queue already. */
    void addEnded(Waiter w) {
        if (last == null) {
            first = w;
        } else {
            last.next = w;
        }
        last = w;
        count++;
    }

    int count() {
        return count;
    }

    /**
     * Counts the waits, before they are notified. A wait on several words counts once, if this list's operation has
     * ended it and no wake has.
     */
    int waits() {
        int waits = 0;
        for (Waiter w = first; w != null; w = w.next) {
            waits += w.hasEndedWait() ? 1 : 0;
        }
        return waits;
    }

    /** Unlocks a bucket, then notifies the waiters, even if the unlock fails. */
    void unlockAndNotify(Bucket b) {
        try {
            b.unlock();
        } finally {
            notifyAllEnded();
        }
    }

    /** Unlocks one or two buckets, then notifies the waiters, even if an unlock fails. */
    void unlockAndNotify(Bucket a, Bucket b) {
        try {
            Bucket.unlockBoth(a, b);
        } finally {
            notifyAllEnded();
        }
    }

    /**
     * Notifies the waiters in the order in which they were woken: first all threads, then the listeners of priorities,
     * then the callbacks. So no code of a user delays a thread. A failure for one, such as a virtual thread without a
     * scheduler, keeps no other asleep.
     */
    void notifyAllEnded() {
        Throwable failure = null;
        Waiter ofTask = null;
        Callback<?> firstDue = null;
        Callback<?> lastDue = null;
        for (Waiter w = first; w != null; ) {
            Waiter next = w.next;
            w.prev = null; // a long chain of dead nodes would slow down the garbage collector
            w.next = null;
            try {
                if (w.kind() != Waiter.Kind.PLAIN) {
                    ofTask = w;
                }
                Callback<?> due = w.notifyThread();
                if (due != null) {
                    lastDue = Callback.linked(lastDue, due);
                    firstDue = firstDue == null ? due : firstDue;
                }
            } catch (Throwable t) {
                failure = failure == null ? t : FirstFailure.of(failure, t); // needs no class until there are two
            }
            w = next;
        }
        if (ofTask != null || firstDue != null) {
            failure = notifyUsers(ofTask, firstDue, lastDue, failure);
        }
        if (failure != null) {
            throw FirstFailure.rethrown(failure);
        }
    }

    private static @Nullable Throwable notifyUsers(
            @Nullable Waiter ofTask,
            @Nullable Callback<?> firstDue,
            @Nullable Callback<?> lastDue,
            @Nullable Throwable before) {
        Throwable failure = before;
        try {
            if (ofTask != null) {
                ofTask.notifyPriorityListeners();
            }
        } catch (Throwable t) {
            failure = FirstFailure.of(failure, t);
        }
        try {
            if (firstDue != null && lastDue != null) {
                Callback.callOrHandOver(firstDue, lastDue);
            }
        } catch (Throwable t) {
            failure = FirstFailure.of(failure, t);
        }
        return failure;
    }
}

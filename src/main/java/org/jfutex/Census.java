package org.jfutex;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.Headroom;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.SharedKey;
import org.jfutex.key.WordSize;
import org.jspecify.annotations.Nullable;

/** Goes through all waiters of a table, bucket by bucket. */
final class Census {

    /** Waiters note the time in units of 2^23 ns and two at a time, 17 ms, so that an int is enough for half a year. */
    private static final int TICK = 23;

    /** How often all buckets are gone through for who is moved about meanwhile: in a busy table a few times, and more often if somebody takes care to. */
    static final int MOST_PASSES = 100;

    private Census() {}

    /**
     * Ends the waits on some keys, and says how many places in queues that were.
     *
     * @param memory through which they must have begun, null for any
     * @param atLast whether those who are still moved about then are to be found under all locks at once, under which the predicate is asked, too
     */
    static int endAll(
            Bucket[] buckets,
            Predicate<? super FutexKey> which,
            @Nullable FutexMemory memory,
            WaitResult how,
            boolean atLast) {
        int[] count = {0};
        boolean settled = visit(buckets, b -> count[0] += endAll(b, which, memory, how));
        return count[0] + (settled || !atLast ? 0 : endAllAtOnce(buckets, which, memory, how));
    }

    /**
     * Visits all buckets. A requeue may move waiters meanwhile from where we have not been to where we have, so we return to every bucket that was moved to, until there is
     * none. There are guests that requeue all the time, so that has an end.
     *
     * @return whether there was none at last
     */
    static boolean visit(Bucket[] buckets, Consumer<Bucket> visitor) {
        Headroom.requireBelow(); // for all buckets, or none is visited
        int[] moves = new int[buckets.length]; // as we found them
        boolean again = true;
        for (int pass = 0; again; pass++) {
            if (pass == MOST_PASSES) {
                return false;
            }
            again = false;
            for (int i = 0; i < buckets.length; i++) {
                int now = buckets[i].moves();
                if (pass == 0 || now != moves[i]) {
                    moves[i] = now;
                    visitor.accept(buckets[i]);
                    again = true;
                }
            }
        }
        return true;
    }

    private static int endAllAtOnce(
            Bucket[] buckets, Predicate<? super FutexKey> which, @Nullable FutexMemory memory, WaitResult how) {
        WakeList ended = new WakeList();
        Bucket.lockAll(buckets);
        try {
            for (Bucket b : buckets) {
                for (WaitQueue q : b.queuesLocked()) {
                    if (which.test(q.key())) {
                        endLocked(q, memory, how, ended);
                    }
                }
            }
        } finally {
            Bucket.unlockAll(buckets);
            ended.tell();
        }
        return ended.count();
    }

    private static int endAll(
            Bucket b, Predicate<? super FutexKey> which, @Nullable FutexMemory memory, WaitResult how) {
        int count = 0;
        for (WaitQueue q : matching(b, which)) {
            WakeList ended = new WakeList();
            b.lock();
            try {
                endLocked(q, memory, how, ended);
            } finally {
                b.unlock();
                ended.tell();
            }
            count += ended.count();
        }
        return count;
    }

    private static void endLocked(WaitQueue q, @Nullable FutexMemory memory, WaitResult how, WakeList ended) {
        for (Waiter w = q.head, next; w != null; w = next) {
            next = w.next;
            if (memory == null || isOf(memory, w.memory(q))) {
                w.endLocked(q, how);
                ended.addEnded(w);
            }
        }
    }

    /** Whether this is a memory, or a view of it. */
    private static boolean isOf(FutexMemory memory, FutexMemory view) {
        return view == memory || view.base() == memory;
    }

    /** The queues of some keys. The predicate is the caller's, so it is asked without the lock. */
    static List<WaitQueue> matching(Bucket b, Predicate<? super FutexKey> which) {
        List<WaitQueue> queues = queues(b);
        queues.removeIf(q -> !which.test(q.key()));
        return queues;
    }

    private static List<WaitQueue> queues(Bucket b) {
        if (b.isEmpty()) {
            return new ArrayList<>();
        }
        b.lock();
        try {
            return b.queuesLocked();
        } finally {
            b.unlock();
        }
    }

    static List<WaiterInfo> dump(Bucket[] buckets, long now) {
        List<WaiterInfo> all = new ArrayList<>();
        look(buckets, now, (waiter, info) -> all.add(info));
        return all;
    }

    /** Describes every waiter to somebody, who is called under its bucket's lock. */
    static void look(Bucket[] buckets, long now, BiConsumer<Waiter, WaiterInfo> who) {
        for (Bucket b : buckets) {
            if (b.isEmpty()) {
                continue;
            }
            b.lock();
            try {
                for (WaitQueue q : b.queuesLocked()) {
                    for (Waiter w = q.head; w != null; w = w.next) {
                        if (w.isWhole()) { // else its wait is being prepared, and no business of others yet
                            who.accept(w, describeLocked(q, w, now));
                        }
                    }
                }
            } finally {
                b.unlock();
            }
        }
    }

    private static WaiterInfo describeLocked(WaitQueue q, Waiter w, long now) {
        boolean knows = !w.isUnchecked() && w.queue() == q;
        return new WaiterInfo(
                q.key(),
                w.wholeWait(),
                w.sleeper(),
                sinceLocked(w, now),
                knows ? OptionalLong.of(w.expected) : OptionalLong.empty(),
                read(q, w.options.size()));
    }

    /** When a waiter was first seen: now, if it is new. */
    private static long sinceLocked(Waiter w, long now) {
        int tick = (int) (now >> TICK) | 1; // not 0
        if (w.seen == 0) {
            w.seen = tick;
        }
        return now - ((long) Math.max(0, tick - w.seen) << TICK);
    }

    /** Reads the word through the memory of whoever came first, which may have another word there by now. */
    private static OptionalLong read(WaitQueue q, WordSize size) {
        try {
            return q.key() instanceof SharedKey k
                            && !q.memory.sharedKey(q.address, Access.READ).equals(k)
                    ? OptionalLong.empty()
                    : OptionalLong.of(q.memory.load(q.address, size));
        } catch (MemoryFaultException | IllegalArgumentException | UnsupportedOperationException e) {
            return OptionalLong.empty(); // it is gone, or a requeue took the waiter to a word of another size
        }
    }
}

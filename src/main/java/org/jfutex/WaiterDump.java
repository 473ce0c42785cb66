package org.jfutex;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.SharedKey;
import org.jfutex.key.WordSize;
import org.jspecify.annotations.Nullable;

/** Finds waiters throughout a table, and describes them. */
final class WaiterDump {

    /**
     * {@link Waiter#seen} is a time in units of 2^23 ns (8.4 ms) with the lowest bit set: a resolution of 17 ms, a
     * range of about 200 days.
     */
    private static final int TICK = 23;

    private WaiterDump() {}

    static List<WaiterInfo> dump(Bucket[] buckets, long now) {
        List<WaiterInfo> all = new ArrayList<>();
        forEachWaiter(buckets, now, (waiter, info) -> all.add(info));
        return all;
    }

    /** Describes every waiter once; the reader is called without a lock. */
    static void forEachWaiter(Bucket[] buckets, long now, BiConsumer<Waiter, WaiterInfo> reader) {
        new Reading(buckets, now, reader).run(buckets, true);
    }

    /**
     * Describes waiters.
     *
     * <p>The waiters of a queue are collected first, then the word is read, and waits that have ended by then are left
     * out. So each wait that is described was still going on when its word was read.
     */
    private static final class Reading extends TableScan {

        private final long now;
        private final BiConsumer<Waiter, WaiterInfo> reader;
        private final int[] moves; // of the buckets, before the first of them was visited

        /** The waiters of the queue that is being visited; this many of them have been checked for duplicates. */
        private List<Waiter> found = new ArrayList<>();

        private int checked;

        /** The queues whose words are still to be read, and their waiters. */
        private final List<WaitQueue> unreadQueues = new ArrayList<>();

        private final List<List<Waiter>> unread = new ArrayList<>();

        /** All waiters that were found. */
        private final List<Waiter> all = new ArrayList<>();

        /**
         * A set of these; null as long as none of them can have been moved to a queue that is still to be visited.
         */
        private @Nullable Set<Waiter> known;

        Reading(Bucket[] buckets, long now, BiConsumer<Waiter, WaiterInfo> reader) {
            this.now = now;
            this.reader = reader;
            this.moves = new int[buckets[buckets.length - 1].index + 1];
            for (Bucket b : buckets) {
                moves[b.index] = b.moves();
            }
        }

        @Override
        boolean concerns(WaitQueue q) {
            return true;
        }

        @Override
        void visit(WaitQueue q) {
            checked = 0;
            ScanCursor.scan(q, this::seeLocked, () -> checkFound(q.bucket));
            if (!found.isEmpty()) {
                unreadQueues.add(q);
                unread.add(found);
                if (finishIfOpen()) {
                    found.clear();
                } else {
                    found = new ArrayList<>();
                }
            }
        }

        private void seeLocked(WaitQueue q, Waiter w) {
            if (w.isFullyQueued()) { // else other threads must not see its wait yet
                if (w.seen == 0) {
                    w.seen = (int) (now >> TICK) | 1; // not 0
                }
                found.add(w);
            }
        }

        /** Drops waiters that were found before. These have been moved here since the scan began. */
        private void checkFound(Bucket b) {
            if (known == null && b.moves() != moves[b.index]) {
                known = Collections.newSetFromMap(new IdentityHashMap<>());
                known.addAll(all);
            }
            int kept = checked;
            for (int i = checked; i < found.size(); i++) {
                Waiter w = found.get(i);
                if (known == null || known.add(w)) {
                    found.set(kept++, w);
                    all.add(w);
                }
            }
            found.subList(kept, found.size()).clear();
            checked = kept;
        }

        @Override
        void finish() {
            for (int i = 0; i < unread.size(); i++) {
                describe(unreadQueues.get(i), unread.get(i));
            }
            unreadQueues.clear();
            unread.clear();
        }

        @SuppressWarnings("EnumOrdinal") // an index, for this call only
        private void describe(WaitQueue q, List<Waiter> waiters) {
            FutexKey key = q.key();
            @Nullable OptionalLong[] words = new OptionalLong[WordSize.values().length]; // by size
            for (Waiter w : waiters) {
                int size = w.options.size().ordinal();
                OptionalLong word = words[size];
                if (word == null) {
                    word = read(q, key, w.options.size());
                    words[size] = word;
                }
                if (w.ended() == null) {
                    reader.accept(w, describe(q, key, w, word));
                }
            }
        }

        private WaiterInfo describe(WaitQueue q, FutexKey key, Waiter w, OptionalLong word) {
            boolean knows = !w.isUnchecked() && w.queue() == q;
            int tick = (int) (now >> TICK) | 1;
            return new WaiterInfo(
                    key,
                    w.pendingWait(),
                    w.sleeper(),
                    now - ((long) Math.max(0, tick - w.seen) << TICK),
                    knows ? OptionalLong.of(w.expected) : OptionalLong.empty(),
                    word);
        }

        /**
         * Reads the word through the memory of its first waiter, which may map another object at that address by now.
         */
        private static OptionalLong read(WaitQueue q, FutexKey key, WordSize size) {
            try {
                return key instanceof SharedKey && !key.equals(q.memory.sharedKey(q.address, Access.READ))
                        ? OptionalLong.empty()
                        : OptionalLong.of(q.memory.load(q.address, size));
            } catch (Throwable e) { // a failure of one memory hides no other waiter
                return OptionalLong.empty();
            }
        }
    }
}

package org.jfutex.bench.peer;

import java.lang.invoke.VarHandle;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The lower bound for operations that do not sleep: a wake hashes the address and reads a counter, a wait reads the
 * word and compares it. It never sleeps.
 */
class LowerBound extends DirectWords {

    private static final int BUCKETS = 256;
    private static final int PADDED = 32; // two cache lines of counters

    private final AtomicIntegerArray waiters = new AtomicIntegerArray(BUCKETS * PADDED);

    LowerBound(int words) {
        super(words);
    }

    @Override
    public boolean await(int word, int expected) {
        return load(word) == expected;
    }

    @Override
    public boolean await(int word, int expected, long nanos) {
        return load(word) == expected;
    }

    @Override
    public int wake(int word, int count) {
        int bucket = (int) (word * 4L * 0x9E37_79B9_7F4A_7C15L >>> 56);
        return counter(bucket);
    }

    final int counter(int bucket) {
        return waiters.get(bucket * PADDED);
    }

    /** The lower bound with a full fence before each wake, for writes to the word that were not volatile. */
    static final class Fenced extends LowerBound {

        Fenced(int words) {
            super(words);
        }

        @Override
        public int wake(int word, int count) {
            VarHandle.fullFence();
            return super.wake(word, count);
        }
    }

    /**
     * The lower bound for a table that serves several memories and rejects wrong arguments. It adds a range check, a
     * hash seed for each memory, and a salted hash.
     */
    static final class Checked extends LowerBound {

        private final long salt = ThreadLocalRandom.current().nextLong() | 1;
        private final Range range;

        private static final class Range {
            private final long size;
            private final int seed = System.identityHashCode(this);

            private Range(long size) {
                this.size = size;
            }
        }

        Checked(int words) {
            super(words);
            range = new Range(words * 4L);
        }

        @Override
        public boolean await(int word, int expected) {
            check(word, 0);
            return super.await(word, expected);
        }

        @Override
        public int wake(int word, int count) {
            check(word, count);
            int bucket = (int) ((word * 4L + range.seed * 0x9E37_79B9_7F4A_7C15L) * salt >>> 56);
            return counter(bucket);
        }

        private void check(int word, int count) {
            if (count < 0 || Long.compareUnsigned(word * 4L, range.size) >= 0) {
                throw new IllegalArgumentException();
            }
        }
    }

    /** The lower bound of a store alone: its wake does nothing. */
    static final class Nothing extends LowerBound {

        Nothing(int words) {
            super(words);
        }

        @Override
        public int wake(int word, int count) {
            return 0;
        }
    }
}

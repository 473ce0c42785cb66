package org.jfutex.bench.peer;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The least that a table can do where nobody has to sleep: a wake hashes the address and reads a counter, a wait reads the word
 * and compares. It never sleeps.
 */
class Floor extends DirectWords {

    private static final int BUCKETS = 256;
    private static final int PADDED = 32; // two cache lines of counters

    private final AtomicIntegerArray waiters = new AtomicIntegerArray(BUCKETS * PADDED);

    Floor(int words) {
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
        return waiters.get(bucket * PADDED);
    }

    /** The same behind a full fence, for writes to the word that were not volatile. */
    static final class Fenced extends Floor {

        Fenced(int words) {
            super(words);
        }

        @Override
        public int wake(int word, int count) {
            VarHandle.fullFence();
            return super.wake(word, count);
        }
    }

    /** No wake at all. */
    static final class Nothing extends Floor {

        Nothing(int words) {
            super(words);
        }

        @Override
        public int wake(int word, int count) {
            return 0;
        }
    }
}

package org.jfutex;

import java.util.concurrent.ThreadLocalRandom;
import org.jfutex.key.FutexKey;

/**
 * The stripes of a table, and the hash that assigns keys to them. A table is these, rather than has them, since every read on the way to a bucket counts.
 *
 * <p>The hash is multiplied by a random odd number for each table, so keys that collide in one do not in the next, and nobody can choose
 * them beforehand: two keys that differ in one of the lower 48 bits of their hashes meet in one of n buckets with a chance of 2/n at the most, whoever
 * chose them. Higher bits, which no address of a program and hardly a place in a file has, count the less the higher they are.
 */
abstract sealed class Buckets permits FutexTable {

    /** The upper bits of a product are its best ones: of these the lowest are used. */
    private static final int UPPER = 48;

    static final int MOST = 1 << (Long.SIZE - UPPER);

    /** From one bucket's word to the next, in words: two cache lines, since processors fetch them in pairs. */
    private static final int APART_SHIFT = 5;

    private static final int APART = 1 << APART_SHIFT;

    /** Where the first one lies: not beside the array's length, which every waker reads. */
    private static final int FIRST = APART / 2;

    final Bucket[] buckets;
    private final int[] words; // of all buckets, see there: who finds nobody reads nothing else of a bucket
    private final long salt;

    /** Makes a power of two of them, {@value #MOST} at the most. */
    Buckets(int count) {
        words = new int[count * APART];
        buckets = new Bucket[count];
        for (int i = 0; i < count; i++) {
            buckets[i] = new Bucket((FutexTable) this, i, words, FIRST + i * APART);
        }
        salt = ThreadLocalRandom.current().nextLong() | 1;
    }

    /** The hash that tells where a key belongs, from {@link FutexKey#hash}. */
    final long scatter(long hash) {
        return hash * salt;
    }

    final long hash(FutexKey key) {
        return scatter(key.hash());
    }

    final Bucket bucket(long scattered) {
        return buckets[(int) (scattered >>> UPPER) & (buckets.length - 1)];
    }

    /** Whether nobody waits in the bucket of a hash. The caller sees to (B) first, see {@link Bucket}. */
    final boolean isEmpty(long scattered) {
        int further = (int) (scattered >>> (UPPER - APART_SHIFT)) & (words.length - APART);
        return Bucket.isEmpty(words, FIRST + further);
    }
}

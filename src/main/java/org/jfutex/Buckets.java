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

    static final int MAX_BUCKETS = 1 << (Long.SIZE - UPPER);

    /** From one bucket's word to the next, in words: two cache lines, since processors fetch them in pairs. */
    private static final int BUCKET_STRIDE_SHIFT = 5;

    private static final int BUCKET_STRIDE = 1 << BUCKET_STRIDE_SHIFT;

    /** Where the first one lies: not beside the array's length, which every waker reads. */
    private static final int FIRST = BUCKET_STRIDE / 2;

    final Bucket[] buckets;
    private final int[] words; // of all buckets, see there: who finds nobody reads nothing else of a bucket
    private final long salt;

    /** Makes a power of two of them, {@value #MAX_BUCKETS} at the most. */
    Buckets(int count) {
        words = new int[count * BUCKET_STRIDE];
        buckets = new Bucket[count];
        for (int i = 0; i < count; i++) {
            buckets[i] = new Bucket((FutexTable) this, i, words, FIRST + i * BUCKET_STRIDE);
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
        int further = (int) (scattered >>> (UPPER - BUCKET_STRIDE_SHIFT)) & (words.length - BUCKET_STRIDE);
        return Bucket.isEmpty(words, FIRST + further);
    }
}

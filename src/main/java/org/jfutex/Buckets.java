package org.jfutex;

import java.util.concurrent.ThreadLocalRandom;
import org.jfutex.key.FutexKey;

/**
 * The stripes of a table, and the hash that assigns keys to them.
 *
 * <p>The hash is multiplied by a random odd number for each table, so keys that collide in one do not in the next, and nobody can choose
 * them beforehand: two different keys meet in one of n buckets with a chance of 2/n at the most, whoever chose them.
 */
final class Buckets {

    final Bucket[] all;
    private final int shift;
    private final long salt;

    /** Makes a power of two of them, two at least. */
    Buckets(FutexTable table, int count) {
        all = new Bucket[count];
        for (int i = 0; i < count; i++) {
            all[i] = new Bucket(table, i);
        }
        shift = 64 - Integer.numberOfTrailingZeros(count);
        salt = ThreadLocalRandom.current().nextLong() | 1;
    }

    /** The hash that tells where a key belongs, from {@link FutexKey#hash}. Its upper bits are the best ones. */
    long scatter(long hash) {
        return hash * salt;
    }

    long hash(FutexKey key) {
        return scatter(key.hash());
    }

    Bucket of(long scattered) {
        return all[(int) (scattered >>> shift)];
    }
}

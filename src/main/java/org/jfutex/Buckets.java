package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.PrivateKey;
import org.jfutex.key.WordSize;
import org.jfutex.time.FutexClock;
import org.jspecify.annotations.Nullable;

/**
 * The buckets of a table, and the hash that assigns keys to them. The table extends this class instead of having a
 * field of it, to save a read on the way to a bucket.
 *
 * <p>The hash is multiplied by an odd number that is random for each table, so keys that collide in one table need not
 * collide in another. An attacker cannot choose colliding keys in advance: two keys whose hashes differ in the low 48
 * bits share one of n buckets with probability at most 2/n. Higher bits count less the higher they are; no address of a
 * program and hardly an offset in a file has them.
 */
abstract class Buckets extends TableState {

    /** The upper bits of a product are its best ones. Bits from this one upwards select the bucket. */
    private static final int UPPER = 48;

    static final int MAX_BUCKETS = 1 << (Long.SIZE - UPPER);

    /** The distance of the words of two buckets: two cache lines, since processors fetch them in pairs. */
    private static final int BUCKET_STRIDE_SHIFT = 5;

    private static final int BUCKET_STRIDE = 1 << BUCKET_STRIDE_SHIFT;

    /** The index of the first word. It is not beside the array's length, which every waker reads. */
    private static final int FIRST = BUCKET_STRIDE / 2;

    final Bucket[] buckets;
    // of all buckets, see Bucket; a waker that finds no waiter reads nothing else of a bucket
    private final int[] words;
    private final long salt;

    /** Creates buckets; their number is a power of two, at most {@value #MAX_BUCKETS}. */
    Buckets(
            int count,
            FutexClock clock,
            SpinPolicy spinPolicy,
            @Nullable Executor callbackExecutor,
            Executor callbackThreads,
            @Nullable WaiterLimits limits) {
        super(clock, spinPolicy, callbackExecutor, callbackThreads, limits);
        words = new int[count * BUCKET_STRIDE];
        buckets = new Bucket[count];
        for (int i = 0; i < count; i++) {
            buckets[i] = new Bucket(this, i, words, FIRST + i * BUCKET_STRIDE);
        }
        salt = ThreadLocalRandom.current().nextLong() | 1;
    }

    /** Checks the arguments of an operation, and returns the key of a word. */
    final FutexKey key(FutexMemory memory, long address, Scope scope, WordSize size, Access access) {
        requireNonNull(memory, "memory");
        requireNonNull(scope, "scope");
        Preconditions.aligned(address, size);
        if (scope == Scope.SHARED) {
            return memory.sharedKey(address, access);
        }
        Preconditions.userAddress(memory, address);
        return new PrivateKey(memory, address);
    }

    /** Returns the hash that selects the bucket, from {@link FutexKey#hash}. */
    final long scatter(long hash) {
        return hash * salt;
    }

    final long hash(FutexKey key) {
        return scatter(key.hash());
    }

    final Bucket bucket(long scattered) {
        return buckets[(int) (scattered >>> UPPER) & (buckets.length - 1)];
    }

    /** Returns whether the bucket of a hash has no waiters. The caller first ensures (B), see {@link Bucket}. */
    final boolean isEmpty(long scattered) {
        int further = (int) (scattered >>> (UPPER - BUCKET_STRIDE_SHIFT)) & (words.length - BUCKET_STRIDE);
        return Bucket.isEmpty(words, FIRST + further);
    }
}

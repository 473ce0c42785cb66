package org.jfutex;

import java.util.concurrent.ThreadLocalRandom;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.PrivateKey;
import org.jfutex.key.SharedKey;

/**
 * The stripes of a table, and the hash that assigns keys to them.
 *
 * <p>The hash is salted with two random numbers for each table, so keys that collide in one do not in the next, and nobody can choose
 * them beforehand.
 */
final class Buckets {

    private static final int PRIVATE = 0;
    private static final int ANONYMOUS = 1;
    private static final int SHARED = 2;

    final Bucket[] all;
    private final int shift;
    private final long addend;
    private final long multiplier;

    /** Makes a power of two of them, two at least. */
    Buckets(FutexTable table, int count) {
        all = new Bucket[count];
        for (int i = 0; i < count; i++) {
            all[i] = new Bucket(table, i);
        }
        shift = 64 - Integer.numberOfTrailingZeros(count);
        ThreadLocalRandom random = ThreadLocalRandom.current();
        addend = random.nextLong();
        multiplier = random.nextLong() | 1;
    }

    Bucket of(long hash) {
        return all[(int) (hash >>> shift)];
    }

    long hash(FutexKey key) {
        if (key instanceof PrivateKey k) {
            return hashPrivate(k.memory(), k.address());
        }
        if (key instanceof SharedKey k) {
            return hash(SHARED, k.object(), k.position());
        }
        AnonymousKey k = (AnonymousKey) key;
        return hash(ANONYMOUS, k.memory(), k.address());
    }

    /** The hash of a private key, without the key. */
    long hashPrivate(FutexMemory memory, long address) {
        return hash(PRIVATE, memory, address);
    }

    /** Multiplied by an odd number, so the upper bits depend on all others. */
    private long hash(int kind, Object owner, long position) {
        long mixed = position + System.identityHashCode(owner) * 0x9E37_79B9_7F4A_7C15L + kind;
        return (mixed ^ addend) * multiplier;
    }
}

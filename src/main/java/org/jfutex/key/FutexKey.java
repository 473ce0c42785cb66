package org.jfutex.key;

import static java.util.Objects.requireNonNull;

import java.util.function.Predicate;

/**
 * The identity of a futex: two words are one futex exactly if their keys are equal.
 *
 * <p>Keys of different kinds are never equal. So a private wake never finds a waiter of a shared operation, even on one
 * word, as in Linux since 2.6.22. A key refers to its memory or its mapped object and compares it by identity. While a
 * waiter is queued, its key keeps that object reachable, so no other object can have this identity.
 */
public sealed interface FutexKey permits PrivateKey, AnonymousKey, SharedKey {

    /**
     * Returns a 64-bit hash; equal keys have equal hashes.
     *
     * <p>For two keys of one kind and one memory, or of one mapped object, the difference of the hashes is the
     * difference of the addresses or positions. So a memory can compute {@link FutexMemory#sharedHash} by one addition.
     * The hash is not scattered; a table scatters it with a secret of its own.
     *
     * @return the hash
     */
    long hash();

    /**
     * Returns a predicate that matches the address-based keys of one memory, or of a {@linkplain FutexMemory#underlying
     * view} of it.
     *
     * <p>The predicate does not match words of shared mappings. Their keys belong to the mapped object, and threads of
     * other memories may wait on them. To end both kinds of waits before you close a memory, call {@code
     * FutexTable.cancel(memory)}.
     *
     * @param memory the address space
     * @return the predicate
     */
    static Predicate<FutexKey> in(FutexMemory memory) {
        return within(memory, 0, -1);
    }

    /**
     * Returns a predicate that matches the address-based keys in a range of one memory, or of a {@linkplain
     * FutexMemory#underlying view} of it.
     *
     * @param memory the address space
     * @param from the start of the range
     * @param length the length of the range in bytes, unsigned; with {@code from} 0, -1 covers every address
     * @return the predicate
     */
    static Predicate<FutexKey> within(FutexMemory memory, long from, long length) {
        requireNonNull(memory, "memory");
        return key -> {
            if (key instanceof PrivateKey p) {
                return isOf(memory, p.memory()) && contains(from, length, p.address());
            }
            return key instanceof AnonymousKey a && isOf(memory, a.memory()) && contains(from, length, a.address());
        };
    }

    /**
     * Returns a predicate that matches all keys of a mapped object, for use when the object is closed or revoked.
     *
     * @param object the mapped object
     * @return the predicate
     */
    static Predicate<FutexKey> of(MappedObject object) {
        return of(object, 0, -1);
    }

    /**
     * Returns a predicate that matches the keys in a range of a mapped object, for use when the object is truncated.
     *
     * @param object the mapped object
     * @param from the start of the range in the object, in bytes
     * @param length the length of the range in bytes, unsigned; with {@code from} 0, -1 covers every position
     * @return the predicate
     */
    static Predicate<FutexKey> of(MappedObject object, long from, long length) {
        requireNonNull(object, "object");
        return key -> key instanceof SharedKey s && s.object() == object && contains(from, length, s.position());
    }

    private static boolean isOf(FutexMemory memory, FutexMemory view) {
        try {
            return view == memory || view.underlying() == memory;
        } catch (Throwable e) {
            return false; // if underlying() fails, the memory is treated as a view of no other memory
        }
    }

    private static boolean contains(long from, long length, long address) {
        return Long.compareUnsigned(address - from, length) < 0;
    }
}

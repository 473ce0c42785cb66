package org.jfutex.key;

import static java.util.Objects.requireNonNull;

import java.util.function.Predicate;

/**
 * The name of a futex: two words are the same futex exactly when their keys are equal.
 *
 * <p>The three kinds never equal each other, so a private operation and a shared one never meet, not even on one word, as in
 * Linux since 2.6.22. A key holds its memory or its mapped object, and both are compared by identity: while a waiter is
 * queued its identity cannot be given to anything else.
 */
public sealed interface FutexKey permits PrivateKey, AnonymousKey, SharedKey {

    /**
     * A hash of all 64 bits; equal keys have equal ones.
     *
     * <p>The hashes of two keys of one kind and one memory, or of one mapped object, differ by what their addresses or positions differ. So
     * a memory can answer {@link FutexMemory#sharedHash} by an addition. They are not scattered; a table does that, with a secret of its own.
     *
     * @return the hash
     */
    long hash();

    /**
     * The words that are named by their address in one memory, or in a {@linkplain FutexMemory#base view} of it.
     *
     * <p>A word of a shared mapping is not among them: it is the mapped object's, and others may wait on it. Who closes a memory ends the waits of
     * both kinds with {@code FutexTable.cancel(memory)}.
     *
     * @param memory the address space
     * @return which keys they have
     */
    static Predicate<FutexKey> in(FutexMemory memory) {
        return within(memory, 0, -1);
    }

    /**
     * The words that are named by their address in a range of one memory, or of a {@linkplain FutexMemory#base view} of it.
     *
     * @param memory the address space
     * @param from the range's start
     * @param length its length in bytes, unsigned; -1 reaches all addresses from 0
     * @return which keys they have
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
     * The shared words of a mapped object, for when it is closed or revoked.
     *
     * @param object the mapped object
     * @return which keys they have
     */
    static Predicate<FutexKey> of(MappedObject object) {
        return of(object, 0, -1);
    }

    /**
     * The shared words of a range of a mapped object, for when it is cut short.
     *
     * @param object the mapped object
     * @param from the range's start in the object, in bytes
     * @param length its length in bytes, unsigned; -1 reaches all positions from 0
     * @return which keys they have
     */
    static Predicate<FutexKey> of(MappedObject object, long from, long length) {
        requireNonNull(object, "object");
        return key -> key instanceof SharedKey s && s.object() == object && contains(from, length, s.position());
    }

    private static boolean isOf(FutexMemory memory, FutexMemory view) {
        try {
            return view == memory || view.base() == memory;
        } catch (Throwable e) {
            return false; // a memory that cannot name its base is a view of none
        }
    }

    private static boolean contains(long from, long length, long address) {
        return Long.compareUnsigned(address - from, length) < 0;
    }
}

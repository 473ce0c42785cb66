package org.jfutex.key;

import static java.util.Objects.requireNonNull;

/**
 * The key that a private operation uses for a word: the address space and the address. It does not depend on the
 * mapping.
 *
 * <p>Source: futex(2), FUTEX_PRIVATE_FLAG (Linux 2.6.22).
 *
 * @param memory the address space (the mm), compared by identity
 * @param address the address of the word in it
 */
public record PrivateKey(FutexMemory memory, long address) implements FutexKey {

    /** Creates a key; rejects a null memory. */
    public PrivateKey {
        requireNonNull(memory, "memory");
    }

    /**
     * Computes the hash of a word's key without allocating the key.
     *
     * @param memory the address space
     * @param address the address of the word in it
     * @return the value of {@link #hash()} for that key
     */
    public static long hash(FutexMemory memory, long address) {
        return Hash.of(Hash.PRIVATE, memory.hashSeed(), address);
    }

    @Override
    public long hash() {
        return hash(memory, address);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PrivateKey that && memory == that.memory && address == that.address;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(hash());
    }

    @Override
    public String toString() {
        return "private 0x" + Long.toHexString(address) + " in " + memory;
    }
}

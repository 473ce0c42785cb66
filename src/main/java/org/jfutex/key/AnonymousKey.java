package org.jfutex.key;

import static java.util.Objects.requireNonNull;

/**
 * The key that a shared operation uses for a word outside shared mappings: the address space and the address.
 *
 * <p>This key never equals the {@link PrivateKey} of the same word. Linux separates the two by a flag bit in the key,
 * so a wake of one kind does not find a waiter of the other kind.
 *
 * <p>Source: Jamie Lokier's mail of 2 September 2003, "(mm, uaddr)" for private mappings.
 *
 * @param memory the address space (the mm), compared by identity
 * @param address the address of the word in it
 */
public record AnonymousKey(FutexMemory memory, long address) implements FutexKey {

    /** Creates a key; rejects a null memory. */
    public AnonymousKey {
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
        return Hash.of(Hash.ANONYMOUS, memory.hashSeed(), address);
    }

    @Override
    public long hash() {
        return hash(memory, address);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AnonymousKey that && memory == that.memory && address == that.address;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(hash());
    }

    @Override
    public String toString() {
        return "anonymous 0x" + Long.toHexString(address) + " in " + memory;
    }
}

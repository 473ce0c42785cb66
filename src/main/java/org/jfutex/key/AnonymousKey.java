package org.jfutex.key;

import static java.util.Objects.requireNonNull;

/**
 * The name that a shared operation gives to a word that nobody shares: the address space and the address.
 *
 * <p>It is deliberately unequal to the {@link PrivateKey} of the same word: Linux keeps the two apart (a flag bit in the
 * key), so that a waiter of the one kind is not found by a wake of the other.
 *
 * <p>Source: the mail of 2 September 2003, "(mm, uaddr)" for private mappings.
 *
 * @param memory the address space (the mm), compared by identity
 * @param address the address of the word in it
 */
public record AnonymousKey(FutexMemory memory, long address) implements FutexKey {

    /** Refuses a null memory. */
    public AnonymousKey {
        requireNonNull(memory, "memory");
    }

    /**
     * The hash of the key of a word, without making the key.
     *
     * @param memory the address space
     * @param address the address of the word in it
     * @return what {@link #hash()} of that key says
     */
    public static long hash(FutexMemory memory, long address) {
        return Hash.of(Hash.ANONYMOUS, memory.seed(), address);
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

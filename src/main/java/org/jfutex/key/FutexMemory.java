package org.jfutex.key;

import java.nio.ByteOrder;

/**
 * A memory as a futex sees it: atomic words, and the key of each word.
 *
 * <p>An embedder implements this interface over its own guest memory. For 32-bit words, three methods suffice: {@link
 * #load(long)}, {@link #compareAndExchange(long, int, int)} and {@link #sharedKey(long, Access)}. The defaults of the
 * other methods are built from these. {@code org.jfutex.memory} has two complete implementations, one with VMAs and one
 * without.
 *
 * <p>One instance represents one address space, the mm. {@link PrivateKey} and {@link AnonymousKey} compare it by
 * identity.
 *
 * <p>The table calls the methods that read and write words while it holds a bucket lock. For words of PI locks it also
 * holds the one lock that guards all PI locks. For a cancel it calls {@link #underlying} under a bucket lock. A dump
 * reads words without a lock and tolerates any exception of the memory. An implementation may take locks of its own and
 * may read a page from disk, but it must not call the table.
 *
 * <p>Addresses are unsigned. The caller has checked that they are multiples of the word's size. If memory is missing or
 * forbids the access, every word access throws {@link MemoryFaultException} and changes nothing.
 *
 * <p><b>Memory consistency effects:</b> all word accesses have the effects of a volatile access, and those of one word
 * are totally ordered.
 */
public interface FutexMemory {

    /**
     * Reads a 32-bit word.
     *
     * @param address a multiple of 4
     * @return the word
     * @throws MemoryFaultException if it cannot be read
     */
    int load(long address);

    /**
     * Writes a 32-bit word if it holds the expected value.
     *
     * @param address a multiple of 4
     * @param expected the value that the word must hold
     * @param desired the value to write
     * @return the value that the word held; the write took place exactly if it equals {@code expected}
     * @throws MemoryFaultException if it cannot be written
     */
    int compareAndExchange(long address, int expected, int desired);

    /**
     * Returns the key of the word at an address for a shared operation.
     *
     * <p>The key of a word of a shared mapping is a {@link SharedKey}; the key of any other word is an {@link
     * AnonymousKey} of this memory. The memory decides which mappings count as shared.
     *
     * @param address a multiple of the word's size
     * @param access the access that the operation needs; the memory's rule may require more
     * @return the key
     * @throws MemoryFaultException if nothing is mapped at the address or the mapping forbids the access
     */
    FutexKey sharedKey(long address, Access access);

    /**
     * Returns the hash of the key that {@link #sharedKey} returns, if possible without allocating that key.
     *
     * <p>A wake that finds no waiter needs only this hash.
     *
     * @param address a multiple of the word's size
     * @param access the access that the operation needs
     * @return {@link FutexKey#hash} of the key
     * @throws MemoryFaultException if {@link #sharedKey} throws it
     */
    default long sharedHash(long address, Access access) {
        return sharedKey(address, access).hash();
    }

    /**
     * Returns a number that separates the words of different memories in a hash table.
     *
     * <p>A random 64-bit number is best. Every operation calls this method, so it should be fast.
     *
     * @return a number that never changes for one memory
     */
    default long hashSeed() {
        return Hash.seed(this);
    }

    /**
     * Returns the memory of which this memory is a view. A view has keys of its own for the words of that memory.
     *
     * <p>A cancel of the waits of a memory, and a listener to its remaps, include the waits through its views. They
     * call this method for other memories of the table, too. If it throws, that memory is treated as a view of no other
     * memory.
     *
     * @return the underlying memory, which never changes and is not itself a view; this memory unless overridden
     */
    default FutexMemory underlying() {
        return this;
    }

    /**
     * Makes a private word resident before a PI operation, or before the change of a WAKE_OP.
     *
     * <p>Linux accesses such a word with page faults disabled. If the word is not resident, Linux requests write access
     * for it and does not extend a stack. So the operation can fail although the word can be read. The calls of {@code
     * org.jfutex.linux} call this method before such an operation. If all words of a memory are always resident, the
     * method does nothing, which is the default.
     *
     * @param address a multiple of 4
     * @throws MemoryFaultException if the word is not resident and cannot be written
     */
    default void makeResident(long address) {}

    /**
     * Returns whether an address can exist in this memory, mapped or not. If a private operation does not read its
     * word, this is the only check of the address.
     *
     * @param address any address
     * @return false for an address that no program can map, such as one in the kernel's half
     */
    default boolean isUserAddress(long address) {
        return true;
    }

    /**
     * Writes a 32-bit word and returns its previous value.
     *
     * @param address a multiple of 4
     * @param value the value to write
     * @return the previous value
     * @throws MemoryFaultException if it cannot be written
     */
    default int getAndSet(long address, int value) {
        for (int seen = load(address); ; ) {
            int before = compareAndExchange(address, seen, value);
            if (before == seen) {
                return before;
            }
            seen = before;
        }
    }

    /**
     * Returns the byte order of a word, which determines the position of the narrower words within it.
     *
     * @return the byte order; little endian unless overridden
     */
    default ByteOrder byteOrder() {
        return ByteOrder.LITTLE_ENDIAN;
    }

    /**
     * Reads a 64-bit word.
     *
     * @param address a multiple of 8
     * @return the word
     * @throws MemoryFaultException if it cannot be read
     * @throws UnsupportedOperationException if this memory has no atomic 64-bit words, which is the default
     */
    default long loadLong(long address) {
        throw new UnsupportedOperationException("this memory has no atomic 64-bit words");
    }

    /**
     * Reads a word of any size.
     *
     * @param address a multiple of the size
     * @param size the size
     * @return the word, zero-extended
     * @throws MemoryFaultException if it cannot be read
     * @throws UnsupportedOperationException if the size is 64 bits and this memory has no such words
     */
    default long load(long address, WordSize size) {
        return switch (size) {
            case U32 -> Integer.toUnsignedLong(load(address));
            case U64 -> loadLong(address);
            case U8, U16 -> {
                int offset = (int) (address & 3);
                int fromLowEnd = byteOrder() == ByteOrder.LITTLE_ENDIAN ? offset : 4 - size.bytes() - offset;
                yield load(address & ~3) >>> (8 * fromLowEnd) & size.mask();
            }
        };
    }
}

package org.jfutex.key;

import java.nio.ByteOrder;

/**
 * Somebody's memory, as far as a futex needs to know it: atomic words, and what object a word belongs to.
 *
 * <p>This is the port that an embedder implements over its own guest memory. Three methods are enough for 32-bit words: {@link
 * #load(long)}, {@link #compareAndExchange(long, int, int)} and {@link #sharedKey(long, Access)}; the rest has defaults made
 * of these. {@code org.jfutex.memory} has two complete implementations, one with VMAs and one without.
 *
 * <p>One instance stands for one address space, the mm: {@link PrivateKey} and {@link AnonymousKey} compare it by identity.
 *
 * <p>The table calls the methods that read and write words while it holds a bucket lock, those on PI locks with the lock of all of them held, too, and for a
 * cancel {@link #base}. A dump reads words without a lock, and survives whatever the memory throws. An implementation may take locks of its own and may read a page back from a disk, but it must not call the table.
 *
 * <p>Addresses are unsigned. The caller has checked that they are multiples of the word's size. Every word access throws
 * {@link MemoryFaultException} where memory is missing or forbids it, and has changed nothing then.
 *
 * <p><b>Memory consistency effects:</b> all word accesses have the effects of a volatile access, and those of one word are
 * totally ordered.
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
     * Names the word at an address for a shared operation.
     *
     * <p>For a word of a shared mapping this is {@link SharedKey}; for any other it is {@link AnonymousKey} of this memory.
     * Which mappings count as shared is the memory's rule.
     *
     * @param address a multiple of the word's size
     * @param access what the operation will do with the word; the rule may ask for more than that
     * @return the key
     * @throws MemoryFaultException if nothing is mapped there or the mapping forbids the access
     */
    FutexKey sharedKey(long address, Access access);

    /**
     * The hash of the word's name for a shared operation: {@link #sharedKey} says the same and makes an object of it.
     *
     * <p>A wake that finds nobody asks for no more than this.
     *
     * @param address a multiple of the word's size
     * @param access what the operation will do with the word
     * @return {@link FutexKey#hash} of the key
     * @throws MemoryFaultException if {@link #sharedKey} throws it
     */
    default long sharedHash(long address, Access access) {
        return sharedKey(address, access).hash();
    }

    /**
     * A number that keeps the words of different memories apart in a hash table.
     *
     * @return always the same for one memory, best a random one of 64 bits, and quickly, since every operation asks
     */
    default long seed() {
        return Hash.seed(this);
    }

    /**
     * The memory of which this is another view, with names of its own for the same words.
     *
     * <p>A cancel of the waits of a memory, and a listener to its remaps, include those through its views. They call this method for other memories of the table, too. One
     * that throws is taken for a view of no other memory.
     *
     * @return always the same; this memory itself unless overridden, and never another view
     */
    default FutexMemory base() {
        return this;
    }

    /**
     * Whether an address can exist at all in this memory, mapped or not. A private operation asks nothing else about the
     * address of a word that it does not read.
     *
     * @param address any address
     * @return false for what no program may ever own, such as the kernel's half
     */
    default boolean isUserAddress(long address) {
        return true;
    }

    /**
     * Writes a 32-bit word and says what it held.
     *
     * @param address a multiple of 4
     * @param value the value to write
     * @return the value before
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
     * The order of the bytes of a word, which decides where in it its narrower words lie.
     *
     * @return little endian unless overridden
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
     * @throws UnsupportedOperationException if this memory has no atomic 64-bit words; the default
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
                int place = (int) (address & 3);
                int fromLowEnd = byteOrder() == ByteOrder.LITTLE_ENDIAN ? place : 4 - size.bytes() - place;
                yield load(address & ~3) >>> (8 * fromLowEnd) & size.mask();
            }
        };
    }
}

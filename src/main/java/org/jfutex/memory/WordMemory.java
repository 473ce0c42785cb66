package org.jfutex.memory;

import org.jfutex.key.FutexMemory;
import org.jfutex.key.WordSize;

/**
 * A memory with atomic reads, writes and updates of words of every size.
 *
 * <p>A {@code long} holds a word narrower than 64 bits zero-extended. A write stores only the low bits that fit into
 * the word. A compare-and-exchange compares only those bits of the expected value, too: a value that does not fit into
 * the word wraps before it is compared, as in the narrow compare-exchange of WebAssembly.
 *
 * <p>If the address is not a multiple of the word's size, every method throws {@link IllegalArgumentException}. If the
 * word is missing or forbids the access, it throws {@link org.jfutex.key.MemoryFaultException}. In both cases nothing
 * has changed.
 *
 * <p><b>Memory consistency effects:</b> all word accesses have the effects of a volatile access. Words of different
 * sizes that overlap are atomic against each other.
 */
public interface WordMemory extends FutexMemory {

    /**
     * Writes a 32-bit word.
     *
     * @param address a multiple of 4
     * @param value the value to write
     */
    void store(long address, int value);

    /**
     * Adds to a 32-bit word and returns its previous value.
     *
     * @param address a multiple of 4
     * @param delta the number to add; the sum wraps around
     * @return the previous value
     */
    int getAndAdd(long address, int delta);

    /**
     * Writes a word of any size.
     *
     * @param address a multiple of the size
     * @param size the size
     * @param value the value to write
     */
    void store(long address, WordSize size, long value);

    /**
     * Writes a word of any size if it holds the expected value.
     *
     * @param address a multiple of the size
     * @param size the size
     * @param expected the value that the word must hold; only its low bits that fit into the word count
     * @param desired the value to write; only its low bits that fit into the word count
     * @return the value that the word held, zero-extended; the write took place exactly if it equals {@code expected &
     *     size.mask()}
     */
    long compareAndExchange(long address, WordSize size, long expected, long desired);

    /**
     * Writes a word of any size and returns its previous value.
     *
     * @param address a multiple of the size
     * @param size the size
     * @param value the value to write
     * @return the previous value
     */
    long getAndSet(long address, WordSize size, long value);

    /**
     * Adds to a word of any size and returns its previous value.
     *
     * @param address a multiple of the size
     * @param size the size
     * @param delta the number to add; the sum wraps around within the word
     * @return the previous value
     */
    long getAndAdd(long address, WordSize size, long delta);
}

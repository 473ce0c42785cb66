package org.jfutex.memory;

import org.jfutex.key.FutexMemory;
import org.jfutex.key.WordSize;

/**
 * A memory whose words of every size can be read, written and changed atomically.
 *
 * <p>A word narrower than 64 bits travels zero-extended in a {@code long}. Of a value to be written the word's low bits count;
 * an expected value is compared as it is, so one that does not fit the word never matches, as in WebAssembly's narrow
 * compare-exchange.
 *
 * <p>Every method throws {@link IllegalArgumentException} if the address is not a multiple of the word's size and {@link
 * org.jfutex.key.MemoryFaultException} if the word is not there or forbids the access; nothing has changed then.
 *
 * <p><b>Memory consistency effects:</b> all word accesses have the effects of a volatile access. Words of different sizes that
 * overlap are atomic against each other.
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
     * Adds to a 32-bit word and says what it held.
     *
     * @param address a multiple of 4
     * @param delta what to add; the sum wraps around
     * @return the value before
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
     * @param expected the value that the word must hold
     * @param desired the value to write
     * @return the value that the word held; the write took place exactly if it equals {@code expected}
     */
    long compareAndExchange(long address, WordSize size, long expected, long desired);

    /**
     * Writes a word of any size and says what it held.
     *
     * @param address a multiple of the size
     * @param size the size
     * @param value the value to write
     * @return the value before
     */
    long getAndSet(long address, WordSize size, long value);

    /**
     * Adds to a word of any size and says what it held.
     *
     * @param address a multiple of the size
     * @param size the size
     * @param delta what to add; the sum wraps around within the word
     * @return the value before
     */
    long getAndAdd(long address, WordSize size, long delta);
}

package org.jfutex;

import static java.util.Objects.requireNonNull;

import org.jfutex.key.WordSize;

/**
 * One word of a wait on several words: an element of the array of futex_waitv(2).
 *
 * @param address the address of the word, a multiple of its size
 * @param scope whether the key is private or shared
 * @param expected the value that the word must hold, zero-extended
 * @param size the size of the word; Linux supports 32 bits only
 */
public record WaitWord(long address, Scope scope, long expected, WordSize size) {

    /**
     * Checks the alignment of the address and the range of the value.
     *
     * @throws IllegalArgumentException if the address is not a multiple of the size, or the value does not fit
     */
    public WaitWord {
        requireNonNull(scope, "scope");
        requireNonNull(size, "size");
        Preconditions.aligned(address, size);
        Preconditions.value(expected, size);
    }

    /**
     * Creates a word of 32 bits.
     *
     * @param address the address of the word, a multiple of 4
     * @param scope whether the key is private or shared
     * @param expected the value that the word must hold
     * @throws IllegalArgumentException if the address is not a multiple of 4
     */
    public WaitWord(long address, Scope scope, int expected) {
        this(address, scope, Integer.toUnsignedLong(expected), WordSize.U32);
    }
}

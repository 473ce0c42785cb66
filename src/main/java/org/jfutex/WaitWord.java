package org.jfutex;

import static java.util.Objects.requireNonNull;

import org.jfutex.key.WordSize;

/**
 * One word of a wait on many: an element of the array of futex_waitv(2).
 *
 * @param address where the word lies, a multiple of its size
 * @param scope how it is named
 * @param expected the value that it must hold, zero-extended
 * @param size its size; Linux serves 32 bits only
 */
public record WaitWord(long address, Scope scope, long expected, WordSize size) {

    /**
     * Refuses what cannot be a word.
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
     * A word of 32 bits.
     *
     * @param address where it lies, a multiple of 4
     * @param scope how it is named
     * @param expected the value that it must hold
     * @throws IllegalArgumentException if the address is not a multiple of 4
     */
    public WaitWord(long address, Scope scope, int expected) {
        this(address, scope, Integer.toUnsignedLong(expected), WordSize.U32);
    }
}

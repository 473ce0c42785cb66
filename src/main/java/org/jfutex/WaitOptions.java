package org.jfutex;

import static java.util.Objects.requireNonNull;

import org.jfutex.key.WordSize;

/**
 * The options of a wait besides the expected value: word size, bitset, and priority in the queue.
 *
 * @param size the size of the word; Linux supports 32 bits only
 * @param bitset the bits by which a wake selects this waiter, not 0 (FUTEX_WAIT_BITSET)
 * @param priority waiters of higher priority are woken first, those of equal priority in the order of their arrival. In
 *     Linux real-time priorities count as 1 to 99 and all others as 0. The priority is read when the wait begins and is
 *     kept through requeues. Queueing a waiter takes one step for each distinct higher priority among the waiters of
 *     the word, so a program should use few distinct priorities
 */
public record WaitOptions(WordSize size, int bitset, int priority) {

    /** The bitset with all bits set: FUTEX_BITSET_MATCH_ANY. */
    public static final int MATCH_ANY = -1;

    /** The default: 32 bits, all bits of the bitset, priority 0. */
    public static final WaitOptions DEFAULT = new WaitOptions(WordSize.U32, MATCH_ANY, 0);

    /**
     * Checks that the bitset is not empty.
     *
     * @throws IllegalArgumentException if {@code bitset} is 0
     */
    public WaitOptions {
        requireNonNull(size, "size");
        Preconditions.bitset(bitset);
    }

    /**
     * Returns a copy of these options with another word size.
     *
     * @param other the size
     * @return the options
     */
    public WaitOptions size(WordSize other) {
        return new WaitOptions(other, bitset, priority);
    }

    /**
     * Returns a copy of these options with another bitset.
     *
     * @param channels the bitset, not 0
     * @return the options
     * @throws IllegalArgumentException if {@code channels} is 0
     */
    public WaitOptions bitset(int channels) {
        return new WaitOptions(size, channels, priority);
    }

    /**
     * Returns a copy of these options with another priority.
     *
     * @param rank the priority; higher values are woken first
     * @return the options
     */
    public WaitOptions priority(int rank) {
        return new WaitOptions(size, bitset, rank);
    }
}

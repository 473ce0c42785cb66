package org.jfutex;

import static java.util.Objects.requireNonNull;

import org.jfutex.key.WordSize;

/**
 * What a wait may want beyond a value: another word size, a set of channels, a rank in the queue.
 *
 * @param size the size of the word; Linux serves 32 bits only
 * @param bitset the channels on which a wake reaches this waiter, not 0 (FUTEX_WAIT_BITSET)
 * @param priority its rank: higher ones are woken first, equal ones in their order of arrival. Linux: real-time priorities
 *     count as 1 to 99, all others as 0. It is sampled here and kept through requeues. To queue a waiter takes one step for
 *     each higher priority with which others wait on the word, so a program should use few distinct ones
 */
public record WaitOptions(WordSize size, int bitset, int priority) {

    /** Every channel: FUTEX_BITSET_MATCH_ANY. */
    public static final int MATCH_ANY = -1;

    /** 32 bits, every channel, first come first served. */
    public static final WaitOptions DEFAULT = new WaitOptions(WordSize.U32, MATCH_ANY, 0);

    /**
     * Refuses an empty bitset.
     *
     * @throws IllegalArgumentException if {@code bitset} is 0
     */
    public WaitOptions {
        requireNonNull(size, "size");
        Preconditions.bitset(bitset);
    }

    /**
     * The same for words of another size.
     *
     * @param other the size
     * @return the options
     */
    public WaitOptions size(WordSize other) {
        return new WaitOptions(other, bitset, priority);
    }

    /**
     * The same for some channels.
     *
     * @param channels one bit a channel, not 0
     * @return the options
     * @throws IllegalArgumentException if {@code channels} is 0
     */
    public WaitOptions bitset(int channels) {
        return new WaitOptions(size, channels, priority);
    }

    /**
     * The same with another rank.
     *
     * @param rank higher goes first
     * @return the options
     */
    public WaitOptions priority(int rank) {
        return new WaitOptions(size, bitset, rank);
    }
}

package org.jfutex.explore;

/** The words at one moment of a schedule, as properties read them. */
public interface GuestState {

    /**
     * Reads a word. This is not a step of any guest.
     *
     * @param address a multiple of 4
     * @return the word
     */
    int load(long address);

    /**
     * Returns how many waiters are queued on a word.
     *
     * @param address a multiple of 4
     * @return their number
     */
    int waiters(long address);

    /**
     * Returns whether a guest has died by {@link Fault#DEATH}.
     *
     * @param guest its name
     * @return whether it has
     * @throws IllegalArgumentException if there is no guest of this name
     */
    boolean hasDied(String guest);
}

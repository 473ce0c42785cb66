package org.jfutex.key;

/**
 * Hears of mappings that moved or went away, after the fact.
 *
 * <p>Linux tells its futexes nothing of this: a waiter stays queued under the address where it went to sleep. The mail of 2
 * September 2003 notes that a remap could take the waiters along, and a second patch of that week did ("part 2", never
 * merged). A memory that reports here makes that possible; it must hold none of its locks while it reports, and should give a range that has become free to nobody
 * before that is told: who waits there by then is taken for one of those before. Only a guest that maps over a range by its address while another of its threads waits
 * there can meet this.
 */
public interface MappingListener {

    /**
     * A range has moved.
     *
     * @param memory the address space
     * @param from the range's former start
     * @param length its length in bytes
     * @param to its new start; the two ranges do not overlap, as in mremap(2)
     * @throws IllegalArgumentException if they do, and the listener makes use of that
     */
    void moved(FutexMemory memory, long from, long length, long to);

    /**
     * A range is gone.
     *
     * @param memory the address space
     * @param from the range's start
     * @param length its length in bytes
     */
    void unmapped(FutexMemory memory, long from, long length);
}

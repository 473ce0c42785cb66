package org.jfutex.key;

/**
 * Hears of mappings that moved or went away, after the fact.
 *
 * <p>Linux tells its futexes nothing of this: a waiter stays queued under the address where it went to sleep. The mail of 2
 * September 2003 notes that a remap could take the waiters along, and a second patch of that week did ("part 2", never
 * merged). A memory that reports here makes that possible; it must hold none of its locks while it reports.
 */
public interface MappingListener {

    /**
     * A range has moved.
     *
     * @param memory the address space
     * @param from the range's former start
     * @param length its length in bytes
     * @param to its new start
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

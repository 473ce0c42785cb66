package org.jfutex.key;

/**
 * Receives reports of ranges that have moved or gone, after the change.
 *
 * <p>Linux reports neither to its futexes: a waiter stays queued under the address at which it began to wait. The mail of 2 September
 * 2003 notes that a remap could take the waiters along, and a second patch of that week did ("part 2", never merged). A memory that
 * reports here makes that possible, if it keeps these rules:
 *
 * <ol>
 *   <li>Reports come in the order in which the changes were made, whichever threads made them. A report begins when the one before
 *       has returned. Otherwise a range that moves twice would leave its waiters at an address where nothing is mapped.
 *   <li>The memory holds none of its locks while it reports. A report that takes long holds up no load, page fault or key lookup.
 *   <li>A call that changes mappings returns when its own report and all before it have returned.
 *   <li>A range that has become free is mapped again only after its report. Otherwise the listener would mistake waiters of the new
 *       mapping for waiters of the old one.
 *   <li>If the listener throws, later reports are delivered all the same, and the throwable reaches the caller whose change it was.
 * </ol>
 *
 * <p>A listener may change mappings, and so may a callback of a wait that it ends. Such a change returns at once, and may be reported
 * later, when the current report has returned. For such a change rules 3 and 4 do not hold, and its caller does not see what the
 * listener throws. A listener must not wait for another thread that changes mappings of a memory, since that thread may be waiting for
 * the current report.
 *
 * <p>Between a change and its report, the waiters are still at the old address, where a wake finds them, and a wait at the new address
 * may begin. A mapping that replaces another one is such a case: the listener takes waiters of both for waiters of the old one.
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
     * A range has gone: it was unmapped, or another mapping has replaced it.
     *
     * @param memory the address space
     * @param from the range's start
     * @param length its length in bytes
     */
    void unmapped(FutexMemory memory, long from, long length);
}

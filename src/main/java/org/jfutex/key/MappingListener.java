package org.jfutex.key;

/**
 * A listener that is called after ranges of a memory have moved or have been unmapped.
 *
 * <p>Linux reports neither to its futexes: a waiter stays queued under the address at which it began to wait. Jamie
 * Lokier's mail of 2 September 2003 notes that a remap could move the waiters, too. A second patch of that week did so
 * ("part 2", never merged). A memory that calls this listener makes that possible, if it obeys these rules:
 *
 * <ol>
 *   <li>Reports come in the order in which the changes were made, whichever threads made them. A report begins when the
 *       previous one has returned. Otherwise a range that moves twice would leave its waiters at an unmapped address.
 *   <li>The memory holds none of its locks while it reports. A slow report delays no load, page fault or key lookup.
 *   <li>A call that changes mappings returns when its own report and all earlier ones have returned.
 *   <li>A range that has become free is mapped again only after its report. Otherwise the listener would treat waiters
 *       of the new mapping as waiters of the old one.
 *   <li>If the listener throws, later reports are still delivered. The caller that made the change gets the throwable.
 * </ol>
 *
 * <p>A listener may change mappings, and so may a callback of a wait that it ends. Such a change returns at once, and
 * may be reported later, when the current report has returned. For such a change rules 3 and 4 do not hold, and its
 * caller does not see what the listener throws. A listener must not wait for another thread that changes mappings of a
 * memory, since that thread may be waiting for the current report.
 *
 * <p>Between a change and its report, the waiters are still at the old address, where a wake finds them, and a wait at
 * the new address may begin. If a mapping replaces another one, the listener treats the waiters of both as waiters of
 * the old one.
 */
public interface MappingListener {

    /**
     * Reports that a range has moved.
     *
     * @param memory the address space
     * @param from the former start of the range
     * @param length the length of the range in bytes
     * @param to the new start of the range; the two ranges do not overlap, as in mremap(2)
     * @throws IllegalArgumentException if the ranges overlap and the listener relies on that they do not
     */
    void moved(FutexMemory memory, long from, long length, long to);

    /**
     * Reports that a range has gone: it was unmapped, or another mapping has replaced it.
     *
     * @param memory the address space
     * @param from the start of the range
     * @param length the length of the range in bytes
     */
    void unmapped(FutexMemory memory, long from, long length);
}

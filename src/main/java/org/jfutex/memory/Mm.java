package org.jfutex.memory;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.SharedKey;
import org.jfutex.key.StackGuard;

/** What an address space consists of, for the verbs that work on it: VMAs, page table, locks. */
final class Mm {

    /*
     * Reading never waits. A look-up of a VMA reads the map, an immutable object. A load or a write of a word finds its page-table
     * entry (see AddressSpace). What they do not find they ask a fault for (PageFault), which reads the map and fills in the entry
     * under the stripe lock of the entry's leaf; so faults elsewhere never wait for each other, nor for changes elsewhere.
     *
     * A change of mappings (map over something, unmap, protect, remap, advise, fork) goes through these steps under the space's
     * lock:
     *
     *     close    publish the map with the range marked as closed, and wait until every fault that has not seen this is over:
     *              from now on a fault in the range waits for the space's lock
     *     edit     change or take away the page-table entries; wait for the writers that went in through them
     *     publish  the new VMAs, and the range open again; what was remembered of the old ones (KeyCache) is forgotten just before
     *
     * So everything that somebody does with a word of the range happens either before the edit, on the old mapping, or after the
     * publication, on the new one; and the VMAs change in a single moment. Fork closes everything: all private pages are frozen
     * when the first of them can be written again, and the child sees one moment of its parent.
     *
     * Lock order:
     *     lock (the space's)
     *         stripe (one at a time)
     *             a file's lock
     *                 a page being frozen
     *                     the swap store's lock
     */

    static final int PAGE_SIZE = SharedKey.PAGE_SIZE;
    static final int PAGE_SHIFT = 12;
    static final int PAGE_MASK = PAGE_SIZE - 1;

    /** Where user addresses end: the last page below 2<sup>47</sup> is nobody's, as on x86-64. */
    static final long USER_END = (1L << 47) - PAGE_SIZE;

    private static final int FAULT_LOCKS = 16;

    /** So many references away from everything else lies what changes with every change of mappings: two cache lines, since processors fetch them in pairs. */
    private static final int APART = 32;

    final FutexMemory space;
    final SpaceSettings settings;
    final boolean keysByVma; // the key rule asks for no page
    final SwapStore swap;
    final PageTable table = new PageTable();
    private final ReentrantLock lock = new ReentrantLock();
    private final ReentrantLock[] faultLocks = new ReentrantLock[FAULT_LOCKS];
    private final AtomicReferenceArray<VmaMap> map =
            new AtomicReferenceArray<>(2 * APART); // one, at APART; written under the lock
    final KeyCache keyCache;
    final Reports reports = new Reports(); // under the lock

    Mm(FutexMemory space, SpaceSettings settings, SwapStore swap, VmaMap map) {
        this.space = space;
        this.settings = settings;
        this.keysByVma = settings.keyRule() != KeyRule.LINUX_2_6_28;
        this.swap = swap;
        this.map.set(APART, map);
        this.keyCache = new KeyCache(this);
        for (int i = 0; i < FAULT_LOCKS; i++) {
            faultLocks[i] = new ReentrantLock();
        }
    }

    VmaMap map() {
        return map.get(APART);
    }

    void lock() {
        StackGuard.check(); // for the whole change, or it has not begun
        lock.lock();
    }

    /** Locks for a caller that must not fail: it has checked the stack, and retries if it runs out of memory. */
    void lockAnyway() {
        for (boolean locked = false; !locked; ) {
            try {
                lock.lock();
                locked = true;
            } catch (OutOfMemoryError e) {
                LockSupport.parkNanos(1_000);
            }
        }
    }

    boolean tryLock() {
        StackGuard.check();
        return lock.tryLock();
    }

    void unlock() {
        if (map().isAnythingClosed()) {
            publishLocked(map().open()); // an error, such as one of memory, has ended a change half-way
        }
        lock.unlock();
    }

    ReentrantLock faultLock(long address) {
        return faultLocks[(int) (address / PageTable.LEAF_SPAN) & (FAULT_LOCKS - 1)];
    }

    /** Keeps faults out of a range until something is published; those that are under way are over. */
    void closeLocked(long from, long to) {
        publishLocked(map().closed(from, to));
        long leaf = from & -PageTable.LEAF_SPAN;
        for (int i = 0; i < FAULT_LOCKS && leaf < to; i++, leaf += PageTable.LEAF_SPAN) {
            awaitRelease(faultLock(leaf));
        }
    }

    @SuppressWarnings("LockNotBeforeTry") // there is nothing to try
    private static void awaitRelease(ReentrantLock lock) {
        lock.lock();
        lock.unlock();
    }

    /** Changes the page-table entries of a closed range. */
    void editLocked(long from, long to, PageTable.Edit edit) {
        if (table.edit(from, to, edit)) {
            trim(from); // the leaves at the ends, which others may use meanwhile
            trim(to - 1);
        }
    }

    private void trim(long address) {
        ReentrantLock stripe = faultLock(address);
        stripe.lock();
        try {
            table.trimLocked(address);
        } finally {
            stripe.unlock();
        }
    }

    /** Puts an entry into a closed range, into one where nothing is mapped, or into a space that nobody knows yet. */
    void putLocked(long address, Pte pte) {
        ReentrantLock stripe = faultLock(address);
        stripe.lock();
        try {
            PageTable.set(table.leafLocked(address), address, pte);
        } finally {
            stripe.unlock();
        }
    }

    /** Makes sure that there is a slot for an entry to come, by putting it there unless another one is there still; as {@link #putLocked}. */
    void reserveLocked(long address, Pte pte) {
        if (table.get(address) == null) {
            putLocked(address, pte);
        }
    }

    /** The new VMAs, open unless they say otherwise; words that were mapped before are mapped as before. */
    void publishLocked(VmaMap newMap) {
        map.set(APART, newMap);
    }

    /** The new VMAs; words of a range were mapped in another way before, or will be no more. */
    void publishLocked(VmaMap newMap, long from, long to) {
        keyCache.invalidateLocked(from, to);
        publishLocked(newMap);
    }

    // ---- reports to a listener

    /**
     * Locks when all reports of a range have been delivered: for a change of addresses that the caller names. Otherwise the
     * listener would take waiters of the new mapping for those of the old one. A thread inside a listener cannot wait for that.
     */
    @SuppressWarnings("LockNotBeforeTry") // the caller unlocks
    void lockReported(long from, long to) {
        for (boolean locked = false; !locked; ) {
            try (Report barrier = Report.begin(this)) {
                lock();
                locked = !reports.isPendingLocked(from, to) || Report.isInsideListener();
                if (!locked) {
                    barrier.queueLocked(reports);
                    unlock();
                }
            }
        }
    }

    /** Returns all that is mapped, and what is not free yet: the listener would take waiters there for those of before. */
    VmaMap takenLocked() {
        return reports.addToLocked(map());
    }

    // ---- numbers

    /** Whether Linux looks for a word there at all; its check of a pointer lets the first address behind pass. */
    static boolean isUser(long address) {
        return address >= 0 && address <= USER_END;
    }

    static int offset(long address) {
        return (int) address & PAGE_MASK;
    }

    /** How many pages it takes to hold so many bytes. */
    static long pages(long bytes) {
        return (bytes + PAGE_MASK) >>> PAGE_SHIFT;
    }

    /** A length as whole pages. Refuses what is no range of user addresses. */
    static long checkRange(long address, long length) {
        checkPage(address);
        if (!isRange(address, length)) {
            throw noRange(address, length);
        }
        return pages(length) << PAGE_SHIFT;
    }

    static boolean isRange(long address, long length) {
        return length >= 0 && address >= 0 && length <= USER_END - address;
    }

    /** Where a range ends to those who take what lies beyond the user addresses for not mapped. Refuses what is no range of any addresses. */
    static long endOf(long address, long length) {
        checkPage(address);
        long end = address + (pages(length) << PAGE_SHIFT);
        if (length < 0 || (address < 0 && end >= 0)) {
            throw noRange(address, length);
        }
        return address >= 0 && end < 0 ? Long.MAX_VALUE & -PAGE_SIZE : end;
    }

    private static IllegalArgumentException noRange(long address, long length) {
        return new IllegalArgumentException(
                length + " bytes at 0x" + Long.toHexString(address) + " are no range of user addresses");
    }

    static void checkPage(long address) {
        if ((address & PAGE_MASK) != 0) {
            throw new IllegalArgumentException(
                    "address 0x" + Long.toHexString(address) + " is not a multiple of " + PAGE_SIZE);
        }
    }
}

package org.jfutex.memory;

import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/** The state of an address space that its operations share: VMAs, page table, locks. */
final class Mm {

    /*
     * Reading never waits. A lookup of a VMA reads the map, an immutable object. A load or a write of a word finds its
     * page-table entry (see PagedWords). If the entry is missing, a page fault (PageFault) reads the map and fills in
     * the entry under the fault lock of the entry's leaf. Each of the 16 fault locks serves some of the leaves, so a
     * fault rarely waits for a fault elsewhere. It never waits for a change of mappings elsewhere.
     *
     * A change of mappings (map over another mapping, unmap, protect, remap, advise, fork) takes these steps under the
     * space's lock:
     *
     *     close    publish the map with the range marked as closed; wait until every fault that has not seen this has
     *              ended: from now on a fault in the range waits for the space's lock
     *     edit     change or remove the page-table entries; wait for the writers that entered pages through them
     *     publish  invalidate the cached keys of the range (KeyCache); then publish the new VMAs, which open the range
     *              again
     *
     * So every access to a word of the range happens either before the edit, on the old mapping, or after the
     * publication, on the new one. All VMAs change at one moment. Fork closes the whole space: before any private page
     * can be written again, all of them are marked as shared. So the child sees its parent at one moment.
     *
     * Lock order:
     *     lock (the space's)
     *         fault lock (one at a time)
     *             a file's lock
     *                 a page being frozen
     *                     the swap store's lock
     */

    private static final int FAULT_LOCKS = 16;

    /**
     * The padding around the map reference, in references. Every change of mappings writes that reference. The padding
     * is two cache lines, since processors fetch them in pairs.
     */
    private static final int APART = 32;

    final FutexMemory space;
    final SpaceSettings settings;
    final boolean keysByVma; // the key rule does not depend on pages
    final SwapStore swap;
    final PageTable table = new PageTable();
    private final ReentrantLock lock = new ReentrantLock();
    private final ReentrantLock[] faultLocks = new ReentrantLock[FAULT_LOCKS];
    private final AtomicReferenceArray<VmaMap> map =
            new AtomicReferenceArray<>(2 * APART); // one element, at APART; written under the lock
    final KeyCache keyCache;
    final Reports reports = new Reports(); // under the lock

    /** Whether all mappings have been removed for ever. Written under the lock. */
    volatile boolean closed;

    /** The changes of maps whose removed VMAs still have references to files; the unlocking thread removes these. */
    private @Nullable FileReferences removed; // under the lock

    private @Nullable FileReferences prepared; // under the lock

    /** The files of the VMAs that a new map adds and removes, a file once for each VMA. */
    private static final class FileReferences {
        final VmaMap newMap;
        final List<MappableFile> added;
        final List<MappableFile> removed;

        @Nullable
        FileReferences next; // under the lock of the space, then used by the unlocking thread alone

        FileReferences(VmaMap oldMap, VmaMap newMap) {
            this.newMap = newMap;
            added = newMap.filesNotIn(oldMap);
            removed = oldMap.filesNotIn(newMap);
        }
    }

    Mm(FutexMemory space, SpaceSettings settings, SwapStore swap, VmaMap map) {
        this.space = space;
        this.settings = settings;
        this.keysByVma = settings.keyRule() != KeyRule.LINUX_2_6_28;
        this.swap = swap;
        this.map.set(APART, VmaMap.EMPTY);
        this.keyCache = new KeyCache(this);
        for (int i = 0; i < FAULT_LOCKS; i++) {
            faultLocks[i] = new ReentrantLock();
        }
        publishLocked(map); // last: it adds references to files
    }

    VmaMap map() {
        return map.get(APART);
    }

    void lock() {
        StackGuard.checkDeep(); // for the whole change; if it fails, nothing has changed
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
            publishLocked(map().open()); // an error such as OutOfMemoryError has ended a change halfway
        }
        FileReferences released = removed;
        removed = null;
        prepared = null;
        lock.unlock();
        for (; released != null; released = released.next) {
            for (int i = 0; i < released.removed.size(); i++) { // not under the lock: may unmap and close files
                released.removed.get(i).removeMapping();
            }
        }
    }

    ReentrantLock faultLock(long address) {
        return faultLocks[(int) (address / PageTable.LEAF_SPAN) & (FAULT_LOCKS - 1)];
    }

    /** Closes a range to faults until a map is published. Returns when the faults in progress have ended. */
    void closeLocked(long from, long to) {
        publishLocked(map().closed(from, to));
        long leaf = from & -PageTable.LEAF_SPAN;
        for (int i = 0; i < FAULT_LOCKS && leaf < to; i++, leaf += PageTable.LEAF_SPAN) {
            awaitRelease(faultLock(leaf));
        }
    }

    @SuppressWarnings("LockNotBeforeTry") // no code runs between lock and unlock
    private static void awaitRelease(ReentrantLock lock) {
        lock.lock();
        lock.unlock();
    }

    /** Changes the page-table entries of a closed range. */
    void editLocked(long from, long to, PageTable.Edit edit) {
        if (table.edit(from, to, edit)) {
            trim(from); // the leaves at both ends, which contain pages outside the range, too
            trim(to - 1);
        }
    }

    private void trim(long address) {
        ReentrantLock faultLock = faultLock(address);
        faultLock.lock();
        try {
            table.trimLocked(address);
        } finally {
            faultLock.unlock();
        }
    }

    /** Sets an entry in a closed range, in an unmapped range, or in a space that no other thread knows yet. */
    void putLocked(long address, Pte pte) {
        ReentrantLock faultLock = faultLock(address);
        faultLock.lock();
        try {
            PageTable.set(table.leafLocked(address), address, pte);
        } finally {
            faultLock.unlock();
        }
    }

    /**
     * Ensures that the table has a slot for a future entry: sets the entry now unless the slot contains another one.
     * For the ranges of {@link #putLocked}.
     */
    void reserveLocked(long address, Pte pte) {
        if (table.get(address) == null) {
            putLocked(address, pte);
        }
    }

    /**
     * Allocates what it takes to publish a map that differs from the present one. A change calls this method before it
     * changes page-table entries. Then its end cannot run out of memory.
     */
    void prepareLocked(VmaMap newMap) {
        prepared = new FileReferences(map(), newMap);
    }

    /** Publishes new VMAs. Words that were mapped before must be mapped in the same way as before. */
    void publishLocked(VmaMap newMap) {
        VmaMap oldMap = map();
        if (!newMap.hasVmasOf(oldMap)) {
            FileReferences ready = prepared;
            FileReferences change =
                    ready != null && ready.newMap == newMap ? ready : new FileReferences(oldMap, newMap);
            prepared = null;
            for (int i = 0; i < change.added.size(); i++) {
                change.added.get(i).addMapping();
            }
            change.next = removed;
            removed = change;
        }
        map.set(APART, newMap);
    }

    /** Publishes new VMAs that map the words of a range in another way than before, or not at all. */
    void publishLocked(VmaMap newMap, long from, long to) {
        keyCache.invalidateLocked(from, to);
        publishLocked(newMap);
    }

    // ---- reports to a listener

    /**
     * Locks the space when all reports of a range have been delivered. A change whose caller specifies the addresses
     * needs this: otherwise the listener would treat waiters of the new mapping as waiters of the old one. A thread
     * inside a listener locks at once, since it cannot wait for its own caller.
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

    /**
     * Returns all mapped ranges and those with pending reports. The latter are not free yet: the listener would treat
     * waiters of a new mapping there as waiters of the old one.
     */
    VmaMap takenLocked() {
        return reports.addToLocked(map());
    }
}

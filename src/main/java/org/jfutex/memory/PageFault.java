package org.jfutex.memory;

import java.util.concurrent.locks.ReentrantLock;
import org.jfutex.key.Access;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/** Fills in the page-table entry that somebody missed: brings pages into being, back from the swap, and copies them on write. */
final class PageFault {

    private enum Outcome {
        SERVED,
        /** The mapping is being changed. */
        CLOSED,
        /** There is nothing to be had. */
        REFUSED
    }

    private PageFault() {}

    /**
     * Makes a word accessible, or at least tries: the caller looks again and may find that it is gone once more.
     *
     * @param end how far in its page the caller wants to go
     * @throws MemoryFaultException if it is not there or forbids the access
     */
    static void serve(Mm mm, long address, int end, Access access) {
        if (!Mm.isUser(address)) {
            throw new MemoryFaultException(address, access);
        }
        Outcome outcome = attempt(mm, address, end, access);
        if (outcome == Outcome.CLOSED || (outcome == Outcome.REFUSED && Stack.isBelow(mm.map(), address))) {
            mm.lock();
            try {
                Stack.growLocked(mm, address);
                outcome = attempt(mm, address, end, access); // nothing is closed while we hold the lock
            } finally {
                mm.unlock();
            }
        }
        if (outcome != Outcome.SERVED) {
            throw new MemoryFaultException(address, access);
        }
    }

    private static Outcome attempt(Mm mm, long address, int end, Access access) {
        StackGuard.checkDeep(); // a page may come from the swap, which is a file
        ReentrantLock stripe = mm.faultLock(address);
        stripe.lock();
        try {
            VmaMap map = mm.map(); // under the stripe lock, so that who closes a range can wait for us
            if (map.isClosed(address)) {
                return Outcome.CLOSED;
            }
            Vma vma = map.find(address);
            int wanted = access == Access.WRITE ? Pte.WRITE : Pte.READ;
            if (vma == null || Pte.allowed(vma.protection()) < wanted) {
                return Outcome.REFUSED;
            }
            if (!fillLocked(mm.table.leafLocked(address), vma, address, end, wanted)) {
                mm.table.trimLocked(address); // it may have been made for this
                return Outcome.REFUSED;
            }
            return Outcome.SERVED;
        } finally {
            stripe.unlock();
        }
    }

    /** False if the file has no such place. */
    private static boolean fillLocked(Object[] leaf, Vma vma, long address, int end, int wanted) {
        for (; ; ) {
            Pte old = PageTable.get(leaf, address);
            Page page = old != null && old.page.swapIn() ? old.page : fresh(vma, address);
            if (page == null) {
                PageTable.set(leaf, address, null); // it was discarded, so nobody writes through it
                return false;
            }
            if (!reaches(vma, page, address, end)) {
                return false; // who wants less of it may be writing through the entry
            }
            if (vma.sharing() != Sharing.PRIVATE) {
                return setLocked(leaf, address, page, Pte.allowed(vma.protection()));
            }
            if (wanted == Pte.READ || (page.anonymous && !page.isShared())) {
                return setLocked(leaf, address, page, wanted);
            }
            if (page == Page.ZERO) {
                return setLocked(leaf, address, Page.anonymous(Page.zeroes()), Pte.WRITE);
            }
            if (copyLocked(leaf, address, page)) {
                return true;
            }
        }
    }

    private static @Nullable Page fresh(Vma vma, long address) {
        MappableFile file = vma.file();
        return file == null ? Page.ZERO : file.page(vma.pageOf(address));
    }

    private static boolean setLocked(Object[] leaf, long address, Page page, int access) {
        Pte old = PageTable.get(leaf, address);
        if (old == null || old.page != page || old.access < access) {
            PageTable.set(leaf, address, new Pte(page, access));
        }
        page.awaitThaw(); // the caller will enter it at once
        return true;
    }

    /** Copy on write. Until the copy is in its place nobody can write the original. False if that was discarded. */
    private static boolean copyLocked(Object[] leaf, long address, Page original) {
        original.freeze();
        try {
            Page copy = original.copyFrozen();
            if (copy != null) {
                PageTable.set(leaf, address, new Pte(copy, Pte.WRITE));
            }
            return copy != null;
        } finally {
            original.thaw();
        }
    }

    /** Whether a page goes far enough, the last of a host file being cut off where the file ends. */
    private static boolean reaches(Vma vma, Page page, long address, int end) {
        if (!page.reaches(end)) {
            MappableFile file = vma.file();
            if (file != null) {
                file.lengthen(vma.pageOf(address), page);
            }
        }
        return page.reaches(end);
    }
}

package org.jfutex.memory;

import java.io.UncheckedIOException;
import java.util.concurrent.locks.ReentrantLock;
import org.jfutex.key.Access;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/**
 * The page fault handler: fills in missing page-table entries. It creates pages, swaps them in, and copies them on
 * write.
 */
final class PageFault {

    private enum Outcome {
        SERVED,
        /** The range is closed, because its mappings are being changed. */
        CLOSED,
        /** The address is not mapped, the mapping forbids the access, or the file ends before it. */
        REFUSED
    }

    private PageFault() {}

    /**
     * Makes a word accessible. The caller then reads the page-table entry again; if it has gone in between, the caller
     * calls this method again.
     *
     * @param end the end of the access, as an offset in its page
     * @throws MemoryFaultException if the word is missing or forbids the access
     */
    static void serve(Mm mm, long address, int end, Access access) {
        if (!Addresses.isUser(address)) {
            throw new MemoryFaultException(address, access);
        }
        Outcome outcome = attempt(mm, address, end, access);
        if (outcome == Outcome.CLOSED || (outcome == Outcome.REFUSED && Stack.isBelow(mm.map(), address))) {
            mm.lock();
            try {
                Stack.growLocked(mm, address);
                outcome = attempt(mm, address, end, access); // no range is closed while this thread holds the lock
            } finally {
                mm.unlock();
            }
        }
        if (outcome != Outcome.SERVED) {
            throw new MemoryFaultException(address, access);
        }
    }

    /**
     * Requests write access to a word that is not resident, without extending a stack: fault_in_user_writeable.
     *
     * @throws MemoryFaultException if the word is not resident and cannot be written
     */
    static void makeResident(Mm mm, long address) {
        Vma vma = mm.map().find(address);
        if (vma == null) {
            throw new MemoryFaultException(address, Access.WRITE);
        }
        Pte pte = mm.table.get(address);
        if (pte == null || !vma.protection().readable()) {
            serve(mm, address, Addresses.offset(address) + 1, Access.WRITE);
        }
    }

    private static Outcome attempt(Mm mm, long address, int end, Access access) {
        StackGuard.checkDeep(); // swapping in reads a file, which needs more stack
        ReentrantLock faultLock = mm.faultLock(address);
        faultLock.lock();
        try {
            VmaMap map = mm.map(); // under the fault lock, so that a thread that closes a range can wait for this fault
            if (map.isClosed(address)) {
                return Outcome.CLOSED;
            }
            Vma vma = map.find(address);
            int wanted = access == Access.WRITE ? Pte.WRITE : Pte.READ;
            if (vma == null || Pte.allowed(vma.protection()) < wanted) {
                return Outcome.REFUSED;
            }
            if (!fillLocked(mm.table.leafLocked(address), vma, address, end, wanted)) {
                mm.table.trimLocked(address); // this fault may have created the leaf
                return Outcome.REFUSED;
            }
            return Outcome.SERVED;
        } catch (UncheckedIOException | InternalError e) {
            throw unreadable(address, access, e);
        } finally {
            faultLock.unlock();
        }
    }

    /**
     * Returns the fault of an access to a page that the swap or a host file does not give back: SIGBUS. Reading a
     * mapped page that the file no longer has is an InternalError.
     */
    private static MemoryFaultException unreadable(long address, Access access, Throwable cause) {
        MemoryFaultException fault = new MemoryFaultException(address, access);
        fault.initCause(cause);
        return fault;
    }

    /** Sets the entry of an address. Returns false if the file ends before the access does. */
    private static boolean fillLocked(Object[] leaf, Vma vma, long address, int end, int wanted) {
        for (; ; ) {
            Pte old = PageTable.get(leaf, address);
            Page page = old != null && old.page.swapIn() ? old.page : fresh(vma, address);
            if (page == null) {
                PageTable.set(leaf, address, null); // the page was discarded, so no thread writes through this entry
                return false;
            }
            if (!reaches(vma, page, address, end)) {
                return false; // keep the entry: another thread may be writing through it before this end
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

    /**
     * Copies a page on write. No thread can write the original until the entry refers to the copy. Returns false if the
     * original was discarded.
     */
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

    /** Returns whether a page extends to an end. The last page of a host file ends where the file ends. */
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

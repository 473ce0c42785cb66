package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.SharedKey;
import org.jspecify.annotations.Nullable;

/** Computes the keys of words for shared operations, by the key rule of the address space. */
final class SharedKeys {

    private SharedKeys() {}

    static FutexKey name(Mm mm, long address, Access access) {
        KeyRule rule = mm.settings.keyRule();
        return rule == KeyRule.LINUX_2_6_28 ? byPage(mm, address, access) : byVma(mm, address, access, rule);
    }

    /** The rules of 2003: the VMA alone decides, and no page is touched. */
    private static FutexKey byVma(Mm mm, long address, Access access, KeyRule rule) {
        Vma vma = mm.map().find(address);
        if (vma == null && Stack.isBelow(mm.map(), address)) {
            mm.lock();
            try {
                Stack.growLocked(mm, address);
                vma = mm.map().find(address);
            } finally {
                mm.unlock();
            }
        }
        Vma there = allowing(vma, address, access);
        boolean byFile =
                rule == KeyRule.VM_SHARED ? there.sharing() == Sharing.SHARED : there.sharing() != Sharing.PRIVATE;
        return byFile ? fileKey(there, address) : new AnonymousKey(mm.space, address);
    }

    /** The rule of Linux 2.6.28: the page that a write, or else a read, would access decides. */
    private static FutexKey byPage(Mm mm, long address, Access access) {
        Vma vma = allowing(mm.map().find(address), address, access);
        boolean writable = vma.protection().writable();
        if (vma.file() != null) {
            checkReached(vma, address, access);
        }
        if (!writable) {
            PageFault.serve(mm, address, Addresses.offset(address) + 1, Access.READ); // the page becomes resident
        }
        if (vma.sharing() != Sharing.PRIVATE) {
            return fileKey(vma, address);
        }
        Pte pte = mm.table.get(address);
        if (writable) {
            if (vma.file() != null && (pte == null || pte.access < Pte.WRITE)) {
                PageFault.serve(
                        mm,
                        address,
                        Addresses.offset(address) + 1,
                        Access.WRITE); // copies the page, so that it no longer belongs to the file
            }
            return new AnonymousKey(mm.space, address);
        }
        if (vma.file() == null || (pte != null && pte.page.anonymous)) {
            throw new MemoryFaultException(address, access); // no thread could ever change such a word
        }
        return fileKey(vma, address);
    }

    private static Vma allowing(@Nullable Vma vma, long address, Access access) {
        if (vma == null
                || !vma.protection().readable()
                || (access == Access.WRITE && !vma.protection().writable())) {
            throw new MemoryFaultException(address, access);
        }
        return vma;
    }

    private static void checkReached(Vma vma, long address, Access access) {
        if (!requireNonNull(vma.file()).reaches(vma.pageOf(address))) {
            throw new MemoryFaultException(address, access);
        }
    }

    private static FutexKey fileKey(Vma vma, long address) {
        return new SharedKey(requireNonNull(vma.file()), vma.pageOf(address), Addresses.offset(address));
    }
}

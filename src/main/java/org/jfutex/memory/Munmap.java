package org.jfutex.memory;

import java.util.List;

/** Implementation of munmap: removes and replaces mappings. */
final class Munmap {

    private Munmap() {}

    static void unmap(Mm mm, long address, long length) {
        long bytes = Addresses.checkRange(address, length);
        if (bytes == 0) {
            throw new IllegalArgumentException("length 0 cannot be unmapped");
        }
        try (Report report = Report.begin(mm)) {
            mm.lockReported(address, address + bytes);
            try {
                removeLocked(mm, address, address + bytes, report);
            } finally {
                mm.unlock();
            }
        }
    }

    /** Removes all mappings, and prevents new ones. */
    static void unmapForEver(Mm mm) {
        try (Report report = Report.begin(mm)) {
            mm.lockReported(0, Addresses.USER_END);
            try {
                mm.closed = true;
                removeLocked(mm, 0, Addresses.USER_END, report);
            } finally {
                mm.unlock();
            }
        }
    }

    /** Removes all mappings of a range. */
    static void removeLocked(Mm mm, long from, long to, Report report) {
        report.reserveLocked(1);
        if (replaceLocked(mm, from, to, List.of())) {
            report.unmappedLocked(from, to);
        }
    }

    /** Replaces the mappings of a range by other VMAs. Returns whether a part of the range was mapped. */
    static boolean replaceLocked(Mm mm, long from, long to, List<Vma> vmas) {
        VmaMap map = mm.map();
        boolean occupied = from < to && !map.isFree(from, to);
        if (!occupied && vmas.isEmpty()) {
            return false;
        }
        VmaMap newMap = map.with(from, to, vmas);
        if (occupied) {
            mm.prepareLocked(newMap);
            mm.closeLocked(from, to);
            mm.editLocked(from, to, (address, pte) -> null);
            mm.publishLocked(newMap, from, to);
        } else {
            mm.publishLocked(newMap);
        }
        return occupied;
    }

    /** Drops private copies of a file's pages beyond its new end, after the file has become shorter. */
    static void dropCopiesBeyond(Mm mm, MappableFile file, long page) {
        mm.lock();
        try {
            VmaMap map = mm.map();
            for (Vma vma : map.overlapping(0, Addresses.USER_END)) {
                long kept = Math.max(page - vma.pgoff(), 0);
                if (vma.file() == file
                        && vma.sharing() == Sharing.PRIVATE
                        && kept < (vma.end() - vma.start()) >>> Addresses.PAGE_SHIFT) {
                    long from = vma.start() + (kept << Addresses.PAGE_SHIFT);
                    mm.closeLocked(from, vma.end());
                    mm.editLocked(from, vma.end(), (address, pte) -> pte.page.anonymous ? null : pte);
                }
            }
            mm.publishLocked(map);
        } finally {
            mm.unlock();
        }
    }
}

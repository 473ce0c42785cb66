package org.jfutex.memory;

import org.jfutex.memory.MappingException.Reason;

/** Implementation of madvise with MADV_DONTNEED: discards private pages. */
final class Madvise {

    private static final long NONE = -1; // no page

    private Madvise() {}

    /**
     * Discards the private pages of a range. Then anonymous memory reads as zeroes, a private file mapping as the file.
     * Holes are skipped, and the first one is reported at the end.
     */
    static void dontNeed(Mm mm, long address, long length) {
        long end = Addresses.endOf(address, length);
        long hole = NONE;
        mm.lock();
        try {
            VmaMap map = mm.map();
            mm.closeLocked(address, end);
            long done = address;
            for (Vma vma : map.overlapping(address, end)) {
                hole = hole == NONE && vma.start() > done ? done : hole;
                long from = Math.max(address, vma.start());
                mm.editLocked(from, Math.min(end, vma.end()), (at, pte) -> null); // a file keeps its pages
                done = vma.end();
            }
            hole = hole == NONE && done < end ? done : hole;
            mm.publishLocked(map);
        } finally {
            mm.unlock();
        }
        if (hole != NONE) {
            throw new MappingException(Reason.NOT_MAPPED, hole, "nothing is mapped");
        }
    }
}

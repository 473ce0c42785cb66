package org.jfutex.memory;

import org.jfutex.key.StackGuard;

/** Pushes pages out. */
final class Swap {

    private Swap() {}

    /** No lock is needed: nothing that a page table or a VMA says changes when a page goes. */
    static int swapOut(Mm mm, long address, long length) {
        long end = address + Mm.checkRange(address, length);
        StackGuard.check();
        int[] count = new int[1];
        mm.table.edit(address, end, (at, pte) -> {
            count[0] += pte.page.swapOut(mm.swap) ? 1 : 0;
            return pte;
        });
        for (Vma vma : mm.map().overlapping(address, end)) {
            MappableFile file = vma.file();
            if (file != null) {
                Vma part = vma.clip(Math.max(address, vma.start()), Math.min(end, vma.end()));
                count[0] += file.pushOut(part.pgoff(), part.pageOf(part.end()), mm.swap);
            }
        }
        return count[0];
    }
}

package org.jfutex.memory;

import org.jfutex.key.StackGuard;

/** Swaps out pages. */
final class Swap {

    private Swap() {}

    /** Swaps out a range. Needs no lock: swapping out a page changes neither the page table nor a VMA. */
    static int swapOut(Mm mm, long address, long length) {
        long end = address + Addresses.checkRange(address, length);
        StackGuard.checkDeep(); // writing to the swap needs more stack
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

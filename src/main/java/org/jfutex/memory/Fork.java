package org.jfutex.memory;

/**
 * Implementation of fork: gives a child the memory of its parent. Private pages are shared until parent or child writes
 * to them.
 */
final class Fork {

    private Fork() {}

    /**
     * Copies the page-table entries. The child has the parent's VMAs already, and no other thread knows the child yet.
     */
    static void fork(Mm parent, Mm child) {
        VmaMap map = parent.map();
        parent.closeLocked(0, Addresses.USER_END);
        for (Vma vma : map.overlapping(0, Addresses.USER_END)) {
            if (vma.sharing() == Sharing.PRIVATE) {
                MappableFile file = vma.file();
                if (file != null) {
                    file.addPrivateMapper(child);
                }
                parent.editLocked(vma.start(), vma.end(), (address, pte) -> split(child, address, pte));
            }
        }
        parent.publishLocked(map);
    }

    private static Pte split(Mm child, long address, Pte pte) {
        if (!pte.page.anonymous || pte.page == Page.ZERO) {
            return pte;
        }
        pte.page.share();
        Pte mine = pte.atMost(Pte.READ);
        child.putLocked(address, new Pte(pte.page, mine.access));
        return mine;
    }
}

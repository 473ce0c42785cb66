package org.jfutex.memory;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/** A slot of a cursor's software TLB: where the bytes of a page were found, for loads. */
final class Translation {

    /*
     * A load reads the word, and then checks that the page-table entry and the bytes of the page are still those of the
     * slot. Neither an entry nor a reference to bytes comes back after its removal (see Pte; each swap-in makes a new
     * buffer). So if both are unchanged, the page was mapped and resident, with these bytes, when the word was read:
     *
     *     load                                  unmap, copy on write, swap-out
     *     (A) read the word                     (C) replace the entry, or take the bytes away
     *     (B) entry and bytes unchanged?        (D) return; the old bytes may now be written by others
     *
     * Forbidden: (A) reads what was written after (D), and (B) finds nothing changed. The writer entered the page by an
     * atomic instruction after (C), and its write follows that instruction. (B) follows (A), with a fence between them.
     * So if (A) sees the write, (B) sees (C). The garbage collector keeps the bytes that a slot refers to. So a load
     * needs no announcement.
     */

    private static final Object[] NO_LEAF = new Object[(int) (PageTable.LEAF_SPAN >>> Addresses.PAGE_SHIFT)];
    private static final Pte NO_ENTRY = new Pte(Page.ZERO, Pte.NONE);

    /** The address of the page; {@link HeldPages#NO_PAGE} if the slot is empty. */
    long tag = HeldPages.NO_PAGE;

    ByteBuffer bytes = HeldPages.NO_BYTES;
    private Object[] leaf = NO_LEAF;
    private Pte pte = NO_ENTRY;
    private Page page = NO_ENTRY.page;

    /** Fills the slot with an entry that permits reads, and the bytes that its page had after the entry was read. */
    void fill(long address, Object[] newLeaf, Pte newPte, ByteBuffer newBytes) {
        leaf = newLeaf;
        pte = newPte;
        page = newPte.page;
        bytes = newBytes;
        tag = address & -Addresses.PAGE_SIZE;
    }

    void clear() {
        tag = HeldPages.NO_PAGE;
        bytes = HeldPages.NO_BYTES;
        leaf = NO_LEAF;
        pte = NO_ENTRY;
        page = NO_ENTRY.page;
    }

    /** Returns whether a word that was read before this call was read from where the address was mapped. */
    @SuppressWarnings("ReferenceEquality") // of buffers: equal bytes elsewhere do not count
    boolean wasValid(long address) {
        VarHandle.loadLoadFence();
        return PageTable.has(leaf, address, pte) && page.bytes() == bytes;
    }

    /** Returns whether the entry permits writes. */
    boolean isWritable() {
        return pte.access == Pte.WRITE;
    }
}

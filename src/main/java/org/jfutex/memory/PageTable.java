package org.jfutex.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** A page table: a radix tree of five levels with 128 slots per node, of which only the touched parts exist. */
final class PageTable {

    /*
     * Readers take no lock. Page faults write the slots of a leaf under the fault lock of the leaf. A change of
     * mappings writes them, too, but only within a range that is closed to faults (see Mm). Leaves are created under
     * their fault lock. They are removed under that lock, or while all of the leaf is closed. Inner nodes are created
     * by compare-and-set and are never removed.
     */

    private static final int BITS = 7;
    private static final int SLOTS = 1 << BITS;
    private static final int LEAF_SHIFT = Addresses.PAGE_SHIFT + BITS;
    private static final int ROOT_SHIFT = Addresses.PAGE_SHIFT + 4 * BITS;

    /** The number of bytes that a leaf covers. */
    static final long LEAF_SPAN = 1L << LEAF_SHIFT;

    private static final VarHandle SLOT =
            MethodHandles.arrayElementVarHandle(Object[].class).withInvokeExactBehavior();

    private final Object[] root = new Object[SLOTS];

    /** A function that maps an entry to its replacement: itself, another entry, or null for none. */
    interface Edit {
        @Nullable
        Pte edit(long address, Pte pte);
    }

    /** Returns the leaf of an address; null if the leaf does not exist or the address is not a user address. */
    Object @Nullable [] leaf(long address) {
        if (!Addresses.isUser(address)) {
            return null; // the tree ignores the high bits of an address
        }
        Object[] node = root;
        for (int shift = ROOT_SHIFT; shift > Addresses.PAGE_SHIFT; shift -= BITS) {
            Object next = (Object) SLOT.getAcquire(node, (int) (address >>> shift) & (SLOTS - 1));
            if (next == null) {
                return null;
            }
            node = (Object[]) next;
        }
        return node;
    }

    /** Returns the leaf of a user address; creates it if necessary. The caller holds the fault lock of the leaf. */
    Object[] leafLocked(long address) {
        Object[] node = root;
        for (int shift = ROOT_SHIFT; shift > Addresses.PAGE_SHIFT; shift -= BITS) {
            int i = (int) (address >>> shift) & (SLOTS - 1);
            Object next = (Object) SLOT.getAcquire(node, i);
            if (next == null) {
                Object created = new Object[SLOTS];
                next = (Object) SLOT.compareAndExchange(node, i, (Object) null, created);
                if (next == null) {
                    next = created;
                }
            }
            node = (Object[]) next;
        }
        return node;
    }

    /** Removes the leaf of an address if it is empty. The caller holds the fault lock of the leaf. */
    void trimLocked(long address) {
        Object[] leaf = leaf(address);
        if (leaf == null || !isEmpty(leaf)) {
            return;
        }
        Object[] node = root;
        for (int shift = ROOT_SHIFT; shift > LEAF_SHIFT; shift -= BITS) {
            Object next = (Object) SLOT.getAcquire(node, (int) (address >>> shift) & (SLOTS - 1));
            node = (Object[]) next;
        }
        SLOT.setVolatile(node, (int) (address >>> LEAF_SHIFT) & (SLOTS - 1), (Object) null);
    }

    private static boolean isEmpty(Object[] leaf) {
        for (int i = 0; i < SLOTS; i++) {
            if ((Object) SLOT.getVolatile(leaf, i) != null) {
                return false;
            }
        }
        return true;
    }

    static @Nullable Pte get(Object[] leaf, long address) {
        return (Pte) (Object) SLOT.getVolatile(leaf, slot(address));
    }

    /** Returns whether a leaf has an entry at an address. */
    static boolean has(Object[] leaf, long address, Pte pte) {
        return (Object) SLOT.getVolatile(leaf, slot(address)) == pte;
    }

    static void set(Object[] leaf, long address, @Nullable Pte pte) {
        SLOT.setVolatile(leaf, slot(address), (Object) pte);
    }

    private static int slot(long address) {
        return (int) (address >>> Addresses.PAGE_SHIFT) & (SLOTS - 1);
    }

    /** Returns the entry of an address; null if there is none. */
    @Nullable
    Pte get(long address) {
        Object[] leaf = leaf(address);
        return leaf == null ? null : get(leaf, address);
    }

    /**
     * Replaces all entries of a range, in order, by the results of a function. If an entry loses its write access, this
     * method waits for the writers that entered the page through it. If an entry of a host file's page loses any
     * access, it waits for the loads, too.
     *
     * @return whether an entry was removed
     */
    boolean edit(long from, long to, Edit edit) {
        return edit(root, ROOT_SHIFT, 0, from, to, edit);
    }

    private static boolean edit(Object[] node, int shift, long base, long from, long to, Edit edit) {
        boolean gone = false;
        long span = 1L << shift;
        int first = (int) (Math.max(from - base, 0) >>> shift);
        for (int i = first; i < SLOTS && base + i * span < to; i++) {
            Object child = (Object) SLOT.getVolatile(node, i);
            if (child == null) {
                continue;
            }
            long address = base + i * span;
            if (shift > Addresses.PAGE_SHIFT) {
                boolean below = edit((Object[]) child, shift - BITS, address, from, to, edit);
                if (below
                        && shift == LEAF_SHIFT
                        && address >= from
                        && address + span <= to
                        && isEmpty((Object[]) child)) {
                    SLOT.setVolatile(node, i, (Object) null); // no fault can set an entry: the whole leaf is closed
                }
                gone |= below;
            } else {
                Pte before = (Pte) child;
                Pte after = edit.edit(address, before);
                if (after != before) {
                    SLOT.setVolatile(node, i, (Object) after);
                    boolean announced = before.access == Pte.WRITE || before.page instanceof HostPage;
                    if (announced && (after == null || after.access < before.access)) {
                        before.page.drain();
                    }
                    gone |= after == null;
                }
            }
        }
        return gone;
    }
}

package org.jfutex.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** From addresses to page-table entries: a tree of five levels, 128 slots each, of which only the touched parts exist. */
final class PageTable {

    /*
     * Everybody reads without a lock. Slots of a leaf are written by faults, under the stripe lock of the leaf, and by whoever
     * changes mappings, for a range that is closed to faults (see Mm). Leaves come and go under their stripe lock; inner nodes
     * come by compare-and-set and stay.
     */

    private static final int BITS = 7;
    private static final int SLOTS = 1 << BITS;
    private static final int LEAF_SHIFT = Mm.PAGE_SHIFT + BITS;
    private static final int ROOT_SHIFT = Mm.PAGE_SHIFT + 4 * BITS;

    /** How many bytes a leaf covers. */
    static final long LEAF_SPAN = 1L << LEAF_SHIFT;

    private static final VarHandle SLOT =
            MethodHandles.arrayElementVarHandle(Object[].class).withInvokeExactBehavior();

    private final Object[] root = new Object[SLOTS];

    /** What is to become of an entry: itself, another, or null for none. */
    interface Edit {
        @Nullable
        Pte edit(long address, Pte pte);
    }

    /** The leaf of an address; null if nothing was ever touched around there, or if no program may ever own it. */
    Object @Nullable [] leaf(long address) {
        if (!Mm.isUser(address)) {
            return null; // the levels would take it for another
        }
        Object[] node = root;
        for (int shift = ROOT_SHIFT; shift > Mm.PAGE_SHIFT; shift -= BITS) {
            Object next = (Object) SLOT.getAcquire(node, (int) (address >>> shift) & (SLOTS - 1));
            if (next == null) {
                return null;
            }
            node = (Object[]) next;
        }
        return node;
    }

    /** The leaf of a user address, created if need be. The caller holds its stripe lock. */
    Object[] leafLocked(long address) {
        Object[] node = root;
        for (int shift = ROOT_SHIFT; shift > Mm.PAGE_SHIFT; shift -= BITS) {
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

    /** Lets go of the leaf of an address if it has become empty. The caller holds its stripe lock. */
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

    static void set(Object[] leaf, long address, @Nullable Pte pte) {
        SLOT.setVolatile(leaf, slot(address), (Object) pte);
    }

    private static int slot(long address) {
        return (int) (address >>> Mm.PAGE_SHIFT) & (SLOTS - 1);
    }

    /** The entry of a user address. */
    @Nullable
    Pte get(long address) {
        Object[] leaf = leaf(address);
        return leaf == null ? null : get(leaf, address);
    }

    /**
     * Goes through all entries of a range in order and puts what the edit says in their places. Whoever was writing through an
     * entry that can no longer be written through has finished when this returns.
     *
     * @return whether an entry has gone
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
            if (shift > Mm.PAGE_SHIFT) {
                boolean below = edit((Object[]) child, shift - BITS, address, from, to, edit);
                if (below
                        && shift == LEAF_SHIFT
                        && address >= from
                        && address + span <= to
                        && isEmpty((Object[]) child)) {
                    SLOT.setVolatile(node, i, (Object) null); // nobody can put anything in: the whole leaf is closed
                }
                gone |= below;
            } else {
                Pte before = (Pte) child;
                Pte after = edit.edit(address, before);
                if (after != before) {
                    SLOT.setVolatile(node, i, (Object) after);
                    if (before.access == Pte.WRITE && (after == null || after.access < Pte.WRITE)) {
                        before.page.drain();
                    }
                    gone |= after == null;
                }
            }
        }
        return gone;
    }
}

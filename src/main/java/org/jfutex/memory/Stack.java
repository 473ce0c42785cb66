package org.jfutex.memory;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Growth of stacks: an access just below a stack extends it, as by find_extend_vma in Linux. */
final class Stack {

    /** The gap that stays free below a stack: stack_guard_gap, 256 pages. */
    private static final long GUARD = 256L << Addresses.PAGE_SHIFT;

    private Stack() {}

    /** Returns the lowest address that other mappings should leave free because of a VMA. */
    static long keptFree(Vma vma) {
        return vma.growsDown() ? vma.start() - GUARD : vma.start();
    }

    /** Returns whether an address is not mapped and the next VMA above it is a stack. */
    static boolean isBelow(VmaMap map, long address) {
        return stackAbove(map, address) != null;
    }

    private static @Nullable Vma stackAbove(VmaMap map, long address) {
        Vma next = Addresses.isUser(address) ? map.next(address) : null;
        return next != null && next.growsDown() && address < next.start() ? next : null;
    }

    /**
     * Extends the stack above an address down to it, unless the stack would become too long or too near to the VMA
     * below.
     */
    static void growLocked(Mm mm, long address) {
        VmaMap map = mm.map();
        Vma stack = stackAbove(map, address);
        if (stack == null) {
            return;
        }
        long start = address & -Addresses.PAGE_SIZE;
        Vma below = map.before(stack.start());
        boolean free = mm.takenLocked().isFree(start, stack.start()); // a report of this range may be pending
        boolean near =
                below != null && below.protection().readable() && !below.growsDown() && start - below.end() < GUARD;
        if (free && !near && start >= Mmap.LOWEST && stack.end() - start <= mm.settings.stackLimit()) {
            mm.publishLocked(map.with(start, stack.start(), List.of(stack.at(start, stack.start(), 0))));
        }
    }
}

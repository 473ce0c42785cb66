package org.jfutex.memory;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A stack grows when somebody touches what lies just below it: find_extend_vma. */
final class Stack {

    /** What stays free below a stack: stack_guard_gap, 256 pages. */
    private static final long GUARD = 256L << Mm.PAGE_SHIFT;

    private Stack() {}

    /** The lowest address that others should not use on account of a VMA. */
    static long keptFree(Vma vma) {
        return vma.growsDown() ? vma.start() - GUARD : vma.start();
    }

    /** Whether nothing is mapped at an address and the next thing above is a stack. */
    static boolean isBelow(VmaMap map, long address) {
        return stackAbove(map, address) != null;
    }

    private static @Nullable Vma stackAbove(VmaMap map, long address) {
        Vma next = Mm.isUser(address) ? map.next(address) : null;
        return next != null && next.growsDown() && address < next.start() ? next : null;
    }

    /** Extends the stack above down to an address, unless it would become too long or come too near to what is below. */
    static void growLocked(Mm mm, long address) {
        VmaMap map = mm.map();
        Vma stack = stackAbove(map, address);
        if (stack == null) {
            return;
        }
        long start = address & -Mm.PAGE_SIZE;
        Vma below = map.before(stack.start());
        boolean free = mm.takenLocked().isFree(start, stack.start()); // of which the listener may have still to hear
        boolean near =
                below != null && below.protection().readable() && !below.growsDown() && start - below.end() < GUARD;
        if (free && !near && start >= Mmap.LOWEST && stack.end() - start <= mm.settings.stackLimit()) {
            mm.publishLocked(map.with(start, stack.start(), List.of(stack.at(start, stack.start(), 0))));
        }
    }
}

package org.jfutex.memory;

import java.util.List;
import org.jfutex.key.MappingListener;
import org.jfutex.memory.MappingException.Reason;
import org.jspecify.annotations.Nullable;

/** Changes a mapping's length or place. */
final class Remap {

    private Remap() {}

    static long resize(Mm mm, long address, long oldLength, long newLength, boolean mayMove) {
        long oldBytes = check(address, oldLength);
        long newBytes = check(0, newLength);
        if (newBytes <= oldBytes) {
            shrink(mm, address, oldBytes, newBytes);
            return address;
        }
        long target;
        Vma gone;
        mm.lock();
        try {
            VmaMap map = mm.map();
            Vma vma = source(map, address, oldBytes);
            checkPages(vma, address, newBytes);
            long end = address + oldBytes;
            if (end == vma.end()
                    && address + newBytes <= Mm.USER_END
                    && mm.takenLocked().isFree(end, address + newBytes)) {
                Vma more = vma.at(end, address + newBytes, vma.file() == null ? 0 : vma.pageOf(end));
                mm.publishLocked(map.with(end, address + newBytes, List.of(more)));
                return address;
            }
            if (!mayMove) {
                throw new MappingException(Reason.NO_ROOM, end, "no room to grow");
            }
            target = Mmap.findRoomLocked(mm, newBytes);
            gone = mm.goingLocked(address, end);
            moveLocked(mm, vma, address, oldBytes, target, newBytes);
            mm.vacateLocked(gone);
        } finally {
            mm.unlock();
        }
        reportMove(mm, gone, target);
        return target;
    }

    static void moveTo(Mm mm, long address, long oldLength, long newLength, long target) {
        long oldBytes = check(address, oldLength);
        long newBytes = check(target, newLength);
        if (address < target + newBytes && target < address + oldBytes) {
            throw new IllegalArgumentException("the target 0x" + Long.toHexString(target) + " overlaps the source");
        }
        long kept = Math.min(oldBytes, newBytes);
        Vma there;
        Vma gone;
        Vma tail;
        mm.lock();
        try {
            Vma vma = source(mm.map(), address, kept);
            checkPages(vma, address, newBytes);
            there = goingLocked(mm, target, target + newBytes);
            tail = goingLocked(mm, address + kept, address + oldBytes);
            gone = mm.goingLocked(address, address + kept);
            moveLocked(mm, vma, address, oldBytes, target, newBytes);
            mm.vacateLocked(tail);
            mm.vacateLocked(gone);
        } finally {
            mm.unlock();
        }
        try {
            Unmap.report(mm, there);
        } finally {
            try {
                Unmap.report(mm, tail);
            } finally {
                reportMove(mm, gone, target);
            }
        }
    }

    private static @Nullable Vma goingLocked(Mm mm, long from, long to) {
        return from == to || mm.map().isFree(from, to) ? null : mm.goingLocked(from, to);
    }

    private static void checkPages(Vma vma, long address, long bytes) {
        if (vma.file() != null) {
            Mmap.checkPages(vma.pageOf(address), bytes);
        }
    }

    private static void shrink(Mm mm, long address, long oldBytes, long newBytes) {
        Vma gone;
        mm.lock();
        try {
            source(mm.map(), address, Mm.PAGE_SIZE); // as in Linux, nobody looks at the rest
            gone = Unmap.removeLocked(mm, address + newBytes, address + oldBytes);
        } finally {
            mm.unlock();
        }
        Unmap.report(mm, gone);
    }

    private static long check(long address, long length) {
        long bytes = Mm.checkRange(address, length);
        if (bytes == 0) {
            throw new IllegalArgumentException("length 0 cannot be remapped");
        }
        return bytes;
    }

    /** The one VMA that holds a range. */
    private static Vma source(VmaMap map, long address, long bytes) {
        Vma vma = map.find(address);
        if (vma == null || vma.end() < address + bytes) {
            throw new MappingException(
                    Reason.NOT_MAPPED, vma == null ? address : vma.end(), "the mapping does not reach so far");
        }
        return vma;
    }

    /*
     * First the entries at the source become good for nothing, and each that will follow makes sure that there is a slot for it at the target. From then on
     * nothing is allocated: an error of memory leaves everything where it was. Then they follow, and the first access to each finds out
     * what may be done with it. Entries of file pages are left behind: the file has the pages. If something is mapped at the target, it is closed,
     * too, with all that lies between the two, so that nobody finds a hole there; if nothing is, nobody looks at entries there. If the range becomes
     * shorter, its tail goes, whatever is mapped there.
     */
    private static void moveLocked(Mm mm, Vma vma, long from, long oldBytes, long to, long newBytes) {
        long end = from + oldBytes;
        long newEnd = to + newBytes;
        Vma moved = vma.at(to, newEnd, vma.file() == null ? 0 : vma.pageOf(from));
        VmaMap newMap = mm.map().with(from, end, List.of()).with(to, newEnd, List.of(moved));
        boolean occupied = !mm.map().isFree(to, newEnd);
        long low = occupied ? Math.min(from, to) : from;
        long high = occupied ? Math.max(end, newEnd) : end;
        PageTable.Edit reserve = (address, pte) -> {
            Pte idle = pte.atMost(Pte.NONE);
            if (idle.page.anonymous && address - from < newBytes) {
                mm.reserveLocked(address - from + to, idle);
            }
            return idle;
        };
        PageTable.Edit follow = (address, pte) -> followerLocked(mm, address - to + from, end);
        PageTable.Edit release = (address, pte) -> pte == followerLocked(mm, address - to + from, end) ? null : pte;
        PageTable.Edit leave = (address, pte) -> null;
        mm.closeLocked(low, high);
        boolean reserved = false;
        try {
            mm.editLocked(from, end, reserve);
            reserved = true;
        } finally {
            if (!reserved) {
                mm.editLocked(to, newEnd, release);
            }
        }
        mm.editLocked(to, newEnd, follow);
        mm.editLocked(from, end, leave);
        mm.publishLocked(newMap, low, high);
    }

    /** What follows from an address of the source. */
    private static @Nullable Pte followerLocked(Mm mm, long address, long end) {
        Pte pte = address < end ? mm.table.get(address) : null;
        return pte != null && pte.page.anonymous ? pte : null;
    }

    private static void reportMove(Mm mm, Vma gone, long to) {
        MappingListener listener = mm.settings.listener();
        if (listener != null) {
            try {
                listener.moved(mm.space, gone.start(), gone.end() - gone.start(), to);
            } finally {
                mm.toldOf(gone);
            }
        }
    }
}

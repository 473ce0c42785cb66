package org.jfutex.memory;

import java.util.List;
import org.jfutex.memory.MappingException.Reason;
import org.jspecify.annotations.Nullable;

/** Changes a mapping's length or place. */
final class Mremap {

    private Mremap() {}

    static long resize(Mm mm, long address, long oldLength, long newLength, boolean mayMove) {
        long oldBytes = Mm.checkRange(address, oldLength);
        long newBytes = check(0, newLength);
        if (oldBytes == 0) {
            return duplicate(mm, address, newBytes, mayMove);
        }
        if (newBytes <= oldBytes) {
            shrink(mm, address, oldBytes, newBytes);
            return address;
        }
        try (Report report = Report.begin(mm)) {
            mm.lock();
            try {
                return growLocked(mm, address, address + oldBytes, newBytes, mayMove, report);
            } finally {
                mm.unlock();
            }
        }
    }

    private static long growLocked(Mm mm, long address, long end, long newBytes, boolean mayMove, Report report) {
        VmaMap map = mm.map();
        Vma vma = source(map, address, end - address);
        checkPages(vma, address, newBytes);
        long newEnd = address + newBytes;
        if (end == vma.end() && newEnd <= Mm.USER_END && mm.takenLocked().isFree(end, newEnd)) {
            Vma more = vma.at(end, newEnd, vma.file() == null ? 0 : vma.pageOf(end));
            mm.publishLocked(map.with(end, newEnd, List.of(more)));
            return address;
        }
        if (!mayMove) {
            throw new MappingException(Reason.NO_ROOM, end, "no room to grow");
        }
        long target = Mmap.findRoomLocked(mm, newBytes);
        report.reserveLocked(1);
        moveLocked(mm, vma.clip(address, end), end, target, newBytes, false);
        report.movedLocked(address, end, target);
        return target;
    }

    static void moveTo(Mm mm, long address, long oldLength, long newLength, long target) {
        long oldBytes = Mm.checkRange(address, oldLength);
        long newBytes = check(target, newLength);
        checkApart(address, oldBytes, target, newBytes);
        if (oldBytes == 0) {
            duplicateTo(mm, address, newBytes, target);
        } else {
            moveTo(mm, address, oldBytes, newBytes, target, false);
        }
    }

    static void moveToAndKeep(Mm mm, long address, long length, long target) {
        long bytes = check(address, length);
        check(target, length);
        checkApart(address, bytes, target, bytes);
        moveTo(mm, address, bytes, bytes, target, true);
    }

    static long moveAndKeep(Mm mm, long address, long length, long hint) {
        long bytes = check(address, length);
        check(hint, length);
        checkApart(address, bytes, hint, bytes);
        mm.lock();
        try {
            Vma part = source(mm.map(), address, bytes).clip(address, address + bytes);
            long target = Mmap.placeNearLocked(mm, hint, bytes);
            moveLocked(mm, part, part.end(), target, bytes, true);
            return target;
        } finally {
            mm.unlock();
        }
    }

    /** What has been moved before an error stays there, and is reported. */
    private static void moveTo(Mm mm, long address, long oldBytes, long newBytes, long target, boolean keeps) {
        try (Report report = Report.begin(mm)) {
            mm.lockReported(target, target + newBytes);
            try {
                moveAllLocked(mm, address, oldBytes, newBytes, target, keeps, report);
            } finally {
                mm.unlock();
            }
        }
    }

    /** As in Linux, several VMAs may move together if they keep their length, and what lies at the target across a hole between them stays. */
    private static void moveAllLocked(
            Mm mm, long address, long oldBytes, long newBytes, long target, boolean keeps, Report report) {
        VmaMap map = mm.map();
        long kept = Math.min(oldBytes, newBytes);
        boolean sameLength = oldBytes == newBytes;
        Vma first = source(map, address, sameLength ? Mm.PAGE_SIZE : kept);
        if (newBytes > oldBytes) {
            checkPages(first, address, newBytes);
        }
        for (Vma vma : sameLength ? map.overlapping(address, address + kept) : List.of(first)) {
            Vma part = vma.clip(address, address + kept);
            long to = part.start() - address + target;
            long length = sameLength ? part.end() - part.start() : newBytes;
            long end = sameLength ? part.end() : address + oldBytes;
            boolean replaces = isMapped(mm, to, to + length);
            boolean cuts = isMapped(mm, part.end(), end);
            report.reserveLocked(3);
            moveLocked(mm, part, end, to, length, keeps);
            if (replaces) {
                report.unmappedLocked(to, to + length);
            }
            if (cuts) {
                report.unmappedLocked(part.end(), end);
            }
            if (!keeps) {
                report.movedLocked(part.start(), part.end(), to);
            }
        }
    }

    /** Maps the object of a shared mapping once more. */
    private static long duplicate(Mm mm, long address, long bytes, boolean mayMove) {
        mm.lock();
        try {
            Vma vma = shared(mm.map(), address, bytes);
            if (!mayMove) {
                throw new MappingException(Reason.NO_ROOM, address, "nothing grows where it is");
            }
            long target = Mmap.findRoomLocked(mm, bytes);
            Munmap.replaceLocked(
                    mm, target, target + bytes, List.of(vma.at(target, target + bytes, vma.pageOf(address))));
            return target;
        } finally {
            mm.unlock();
        }
    }

    private static void duplicateTo(Mm mm, long address, long bytes, long target) {
        try (Report report = Report.begin(mm)) {
            mm.lockReported(target, target + bytes);
            try {
                Vma vma = shared(mm.map(), address, bytes);
                if (target == address) {
                    throw new MappingException(
                            Reason.NOT_MAPPED, address, "the duplicate would take the place of the original");
                }
                Vma twin = vma.at(target, target + bytes, vma.pageOf(address));
                report.reserveLocked(1);
                if (Munmap.replaceLocked(mm, target, target + bytes, List.of(twin))) {
                    report.unmappedLocked(target, target + bytes);
                }
            } finally {
                mm.unlock();
            }
        }
    }

    private static Vma shared(VmaMap map, long address, long bytes) {
        Vma vma = source(map, address, Mm.PAGE_SIZE);
        if (vma.sharing() == Sharing.PRIVATE) {
            throw new MappingException(Reason.PRIVATE, address, "a private mapping has no duplicate");
        }
        checkPages(vma, address, bytes);
        return vma;
    }

    private static void checkApart(long address, long oldBytes, long target, long newBytes) {
        if (address < target + newBytes && target < address + oldBytes) {
            throw new IllegalArgumentException("the target 0x" + Long.toHexString(target) + " overlaps the source");
        }
    }

    private static boolean isMapped(Mm mm, long from, long to) {
        return from < to && !mm.map().isFree(from, to);
    }

    private static void checkPages(Vma vma, long address, long bytes) {
        if (vma.file() != null) {
            Mmap.checkPages(vma.pageOf(address), bytes);
        }
    }

    private static void shrink(Mm mm, long address, long oldBytes, long newBytes) {
        try (Report report = Report.begin(mm)) {
            mm.lockReported(address + newBytes, address + oldBytes);
            try {
                source(mm.map(), address, Mm.PAGE_SIZE); // as in Linux, the rest is not checked
                Munmap.removeLocked(mm, address + newBytes, address + oldBytes, report);
            } finally {
                mm.unlock();
            }
        }
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
        if (vma == null) {
            throw new MappingException(Reason.NOT_MAPPED, address, "nothing is mapped");
        }
        if (vma.end() < address + bytes) {
            throw new MappingException(Reason.NOT_MAPPED, vma.end(), "the mapping does not reach so far");
        }
        return vma;
    }

    /*
     * First the entries at the source become good for nothing, and each that will follow makes sure that there is a slot for it at the target. From then on
     * nothing is allocated: an error of memory leaves everything where it was. Then they follow, and the first access to each finds out
     * what may be done with it. Entries of file pages are left behind: the file has the pages. If something is mapped at the target, it is closed,
     * too, with all that lies between the two, so that nobody finds a hole there; if nothing is, nobody looks at entries there. If the range becomes
     * shorter, its tail goes, whatever is mapped there. A source that is kept is closed until all is over, and empty then.
     */
    private static void moveLocked(Mm mm, Vma part, long end, long to, long newBytes, boolean keeps) {
        long from = part.start();
        long newEnd = to + newBytes;
        VmaMap left = keeps ? mm.map() : mm.map().with(from, end, List.of());
        VmaMap newMap = left.with(to, newEnd, List.of(part.at(to, newEnd, part.pgoff())));
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
}

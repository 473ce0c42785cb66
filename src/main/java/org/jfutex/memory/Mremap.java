package org.jfutex.memory;

import java.util.List;
import org.jfutex.memory.MappingException.Reason;
import org.jspecify.annotations.Nullable;

/** Implementation of mremap: changes the length or address of mappings. */
final class Mremap {

    private Mremap() {}

    static long resize(Mm mm, long address, long oldLength, long newLength, boolean mayMove) {
        long oldBytes = Addresses.checkRange(address, oldLength);
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
        if (end == vma.end() && newEnd <= Addresses.USER_END && mm.takenLocked().isFree(end, newEnd)) {
            Vma more = vma.at(end, newEnd, vma.file() == null ? 0 : vma.pageOf(end));
            mm.publishLocked(map.with(end, newEnd, List.of(more)));
            return address;
        }
        if (!mayMove) {
            throw new MappingException(Reason.NO_ROOM, end, "the range behind the mapping is not free");
        }
        long target = Mmap.findRoomLocked(mm, newBytes);
        report.reserveLocked(1);
        moveLocked(mm, vma.clip(address, end), end, target, newBytes, false);
        report.movedLocked(address, end, target);
        return target;
    }

    static void moveTo(Mm mm, long address, long oldLength, long newLength, long target) {
        long oldBytes = Addresses.checkRange(address, oldLength);
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

    /** Moves a range. VMAs that have moved before an error stay at the target and are reported. */
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

    /**
     * Moves all VMAs of a range. As in Linux, several VMAs can move together if the range keeps its length. For a hole
     * between them, the target does not change. A SysV segment moves only alone: it stops the move of a longer range.
     */
    private static void moveAllLocked(
            Mm mm, long address, long oldBytes, long newBytes, long target, boolean keeps, Report report) {
        VmaMap map = mm.map();
        long kept = Math.min(oldBytes, newBytes);
        boolean sameLength = oldBytes == newBytes;
        Vma first = source(map, address, sameLength ? Addresses.PAGE_SIZE : kept);
        if (newBytes > oldBytes) {
            checkPages(first, address, newBytes);
        }
        for (Vma vma : sameLength ? map.overlapping(address, address + kept) : List.of(first)) {
            if (isSegment(vma) && (vma.start() > address || vma.end() < address + kept)) {
                throw new MappingException(Reason.NOT_MAPPED, vma.start(), "a segment moves only alone");
            }
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

    /** Maps the object of a shared mapping once more at a free address. */
    private static long duplicate(Mm mm, long address, long bytes, boolean mayMove) {
        mm.lock();
        try {
            Vma vma = shared(mm.map(), address, bytes);
            if (!mayMove) {
                throw new MappingException(Reason.NO_ROOM, address, "a duplicate cannot be made in place");
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
                if (target == address) { // as in Linux, the target is unmapped first, and then the source is missing
                    Munmap.removeLocked(mm, target, target + bytes, report);
                    throw new MappingException(Reason.NOT_MAPPED, address, "the duplicate has replaced the original");
                }
                Vma copy = vma.at(target, target + bytes, vma.pageOf(address));
                report.reserveLocked(1);
                if (Munmap.replaceLocked(mm, target, target + bytes, List.of(copy))) {
                    report.unmappedLocked(target, target + bytes);
                }
            } finally {
                mm.unlock();
            }
        }
    }

    private static Vma shared(VmaMap map, long address, long bytes) {
        Vma vma = source(map, address, Addresses.PAGE_SIZE);
        if (vma.sharing() == Sharing.PRIVATE) {
            throw new MappingException(Reason.PRIVATE, address, "a private mapping cannot be duplicated");
        }
        checkPages(vma, address, bytes);
        return vma;
    }

    private static void checkApart(long address, long oldBytes, long target, long newBytes) {
        if (address < target + newBytes && target < address + oldBytes) {
            throw new IllegalArgumentException("the target 0x" + Long.toHexString(target) + " overlaps the source");
        }
    }

    private static boolean isSegment(Vma vma) {
        return vma.file() != null && vma.file().isSegment();
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
                source(mm.map(), address, Addresses.PAGE_SIZE); // as in Linux, the rest is not checked
                Munmap.removeLocked(mm, address + newBytes, address + oldBytes, report);
            } finally {
                mm.unlock();
            }
        }
    }

    private static long check(long address, long length) {
        long bytes = Addresses.checkRange(address, length);
        if (bytes == 0) {
            throw new IllegalArgumentException("length 0 cannot be remapped");
        }
        return bytes;
    }

    /** Returns the VMA that contains a range. */
    private static Vma source(VmaMap map, long address, long bytes) {
        Vma vma = map.find(address);
        if (vma == null) {
            throw new MappingException(Reason.NOT_MAPPED, address, "nothing is mapped");
        }
        if (vma.end() < address + bytes) {
            throw new MappingException(Reason.NOT_MAPPED, vma.end(), "the mapping ends within the range");
        }
        return vma;
    }

    /*
     * Moving takes these steps:
     *
     *     1. Remove all access from the entries at the source, and reserve a slot at the target for each entry that
     *        will move. Only this step allocates, so if memory runs out, all mappings are as before.
     *     2. Set the entries at the target. The first access to each page determines its access again.
     *     3. Remove the entries at the source, and publish the new VMAs.
     *
     * Entries of file pages do not move, since the file has the pages. If the target is mapped, it is closed together
     * with the source and all addresses between them, so that no thread finds a hole there. If the target is not
     * mapped, no thread uses entries there. If the range becomes shorter, its tail is unmapped, including other VMAs in
     * it. A source that is kept stays closed until the end, and has no entries then.
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
        mm.prepareLocked(newMap);
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

    /** Returns the entry that moves from an address of the source; null if there is none. */
    private static @Nullable Pte followerLocked(Mm mm, long address, long end) {
        Pte pte = address < end ? mm.table.get(address) : null;
        return pte != null && pte.page.anonymous ? pte : null;
    }
}

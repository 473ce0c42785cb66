package org.jfutex.memory;

import java.util.List;
import org.jfutex.key.Access;
import org.jfutex.memory.MapRequest.Placement;
import org.jfutex.memory.MappingException.Reason;
import org.jspecify.annotations.Nullable;

/** Implementation of mmap, and placement of mappings. */
final class Mmap {

    /** The lowest address that the space chooses for a mapping: mmap_min_addr. */
    static final long LOWEST = 0x10000;

    /** The address from which the space searches downwards for free ranges; the part above is for stacks. */
    private static final long BASE = Addresses.USER_END - 0x1_0000_0000L;

    private Mmap() {}

    static long map(Mm mm, MapRequest request) {
        long length = check(request);
        Sharing sharing = sharing(request);
        MappableFile file = file(request);
        try {
            return map(mm, request, length, sharing, file);
        } finally {
            if (file != null) {
                file.release();
            }
        }
    }

    private static long map(Mm mm, MapRequest request, long length, Sharing sharing, @Nullable MappableFile file) {
        try (Report report = Report.begin(mm)) {
            lock(mm, request, length);
            try {
                if (mm.closed) {
                    throw new IllegalStateException("the address space is closed");
                }
                long start = placeLocked(mm, request, length);
                checkAccess(request);
                long end = start + length;
                Vma vma = new Vma(start, end, request.protection, sharing, request.growsDown, file, request.pgoff);
                if (file != null && sharing == Sharing.PRIVATE) {
                    file.addPrivateMapper(mm);
                }
                report.reserveLocked(1);
                if (Munmap.replaceLocked(mm, start, end, List.of(vma))) {
                    report.unmappedLocked(start, end); // the new mapping replaces the old ones of the range
                }
                return start;
            } finally {
                mm.unlock();
            }
        }
    }

    private static void lock(Mm mm, MapRequest request, long length) {
        if (isFixed(request)) {
            mm.lockReported(request.address, request.address + length);
        } else {
            mm.lock();
        }
    }

    private static boolean isFixed(MapRequest request) {
        return request.placement == Placement.FIXED || request.placement == Placement.FIXED_NO_REPLACE;
    }

    private static long check(MapRequest request) {
        if (request.length <= 0) {
            throw new IllegalArgumentException("length " + request.length + " cannot be mapped");
        }
        if (!Addresses.isRange(isFixed(request) ? request.address : 0, request.length)) {
            throw new MappingException(
                    Reason.NO_ROOM, request.address, request.length + " bytes do not fit into the user addresses");
        }
        checkPages(request.pgoff, request.length);
        if (request.growsDown && (request.shared || request.file != null)) {
            throw new IllegalArgumentException("a stack is private and has no file");
        }
        OpenFile descriptor = request.file;
        if (descriptor != null) {
            if (descriptor.isClosed()) {
                throw closed(descriptor);
            }
        }
        return Addresses.pages(request.length) << Addresses.PAGE_SHIFT;
    }

    /** Rejects a writable mapping of a read-only descriptor. In Linux the errors of the address come first. */
    private static void checkAccess(MapRequest request) {
        OpenFile descriptor = request.file;
        if (descriptor != null
                && request.shared
                && request.protection.writable()
                && descriptor.access() == Access.READ) {
            throw new MappingException(Reason.READ_ONLY, request.address, "cannot write through " + descriptor);
        }
    }

    /** Rejects pages beyond those that a file can have. */
    static void checkPages(long pgoff, long length) {
        if (pgoff < 0 || pgoff > (Long.MAX_VALUE >>> Addresses.PAGE_SHIFT) - Addresses.pages(length)) {
            throw new IllegalArgumentException("page " + pgoff + " is not a page of a file");
        }
    }

    private static Sharing sharing(MapRequest request) {
        OpenFile descriptor = request.file;
        return !request.shared
                ? Sharing.PRIVATE
                : descriptor != null && descriptor.access() == Access.READ ? Sharing.SHARED_READ_ONLY : Sharing.SHARED;
    }

    /** Returns the file with a reference for the caller, since another thread may close the descriptor. */
    private static @Nullable MappableFile file(MapRequest request) {
        OpenFile descriptor = request.file;
        if (descriptor == null) {
            return request.shared ? new MemoryFile("shared anonymous memory", request.length) : null;
        }
        if (!descriptor.file().retain()) {
            throw closed(descriptor);
        }
        return descriptor.file();
    }

    private static IllegalArgumentException closed(OpenFile descriptor) {
        return new IllegalArgumentException("the descriptor of " + descriptor.file() + " is closed");
    }

    private static long placeLocked(Mm mm, MapRequest request, long length) {
        switch (request.placement) {
            case FIXED -> {
                Addresses.checkPage(request.address);
                return request.address;
            }
            case FIXED_NO_REPLACE -> {
                Addresses.checkPage(request.address);
                List<Vma> there = mm.map().overlapping(request.address, request.address + length);
                if (!there.isEmpty()) {
                    long at = Math.max(request.address, there.get(0).start());
                    throw new MappingException(Reason.ALREADY_MAPPED, at, "something is mapped");
                }
                return request.address;
            }
            case HINT -> {
                return placeNearLocked(mm, request.address, length);
            }
            case ANYWHERE -> {}
        }
        return findRoomLocked(mm, length);
    }

    /** Returns the hint if the range there is free, else another free range. */
    static long placeNearLocked(Mm mm, long address, long length) {
        long hint = Math.max(address & -Addresses.PAGE_SIZE, LOWEST);
        return address >= Addresses.PAGE_SIZE
                        && hint <= Addresses.USER_END - length
                        && isFree(mm.takenLocked(), hint, hint + length)
                ? hint
                : findRoomLocked(mm, length);
    }

    private static boolean isFree(VmaMap map, long from, long to) {
        Vma next = map.next(from);
        return next == null || Stack.keptFree(next) >= to;
    }

    /** Returns the highest free range of a length, preferably below the stacks. */
    static long findRoomLocked(Mm mm, long length) {
        VmaMap taken = mm.takenLocked();
        long start = taken.gapBelow(BASE, length, LOWEST);
        if (start < 0) {
            start = taken.gapBelow(Addresses.USER_END, length, LOWEST);
        }
        if (start < 0) {
            throw new MappingException(Reason.NO_ROOM, LOWEST, "no " + length + " free bytes");
        }
        return start;
    }
}

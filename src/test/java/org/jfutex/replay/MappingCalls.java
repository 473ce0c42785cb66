package org.jfutex.replay;

import java.util.ArrayList;
import java.util.List;
import org.jfutex.key.Access;
import org.jfutex.linux.Errno;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.KeyRule;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.MappingException;
import org.jfutex.memory.MemoryFile;
import org.jfutex.memory.OpenFile;
import org.jfutex.memory.Protection;
import org.jfutex.memory.SpaceSettings;

/**
 * The files and the initial mappings of a recorded program, and its system calls that change mappings.
 *
 * <pre>
 *     region                                      args, prio, signal, death    vm2, fork
 *     private anonymous                           0x50000000                   0x50000000
 *     shared anonymous                            0x50010000                   0x50002000
 *     shared file, pages 0 and 1                  0x50020000                   0x50004000
 *     shared file, pages 1 and 2                  0x50030000                   0x50006000
 *     private file, pages 0 and 1                 0x50040000                   0x50008000
 *     shared file, by a read-only descriptor      0x50050000                   0x5000a000
 *     private anonymous, no access                0x50060000                   0x5000c000
 *     private anonymous, read-only                0x50080000
 *     private file, read-only                     0x50090000
 *     a stack (MAP_GROWSDOWN)                                                  0x58000000
 *     4 pages for each of the first six callers   0x40000000 + 0x100000 * its number
 * </pre>
 */
final class MappingCalls {

    private static final int PAGE = Region.PAGE;
    private static final int SIZE = 2 * PAGE;
    private static final long BASE = 0x5000_0000;
    private static final long STACK = 0x5800_0000;
    private static final int CALLERS = 6;

    private static final int EACCES = 13;
    private static final int EEXIST = 17;

    private static final int MAP_SHARED = 0x1;
    private static final int MAP_ANONYMOUS = 0x20;
    private static final int MREMAP_FIXED = 2;
    private static final int MREMAP_DONTUNMAP = 4;
    private static final int SHM_RDONLY = 0x1000;
    private static final int READ_WRITE_FD = 100;

    private final MemoryFile file = new MemoryFile("file", 4 * PAGE);
    private final OpenFile writable = file.open(Access.WRITE);
    private final OpenFile readOnly = file.open(Access.READ);
    private final MemoryFile segment = MemoryFile.segment("segment", SIZE);

    private final KeyRule keys;

    /**
     * Creates the files.
     *
     * @param keys the key rule of the memory
     */
    MappingCalls(KeyRule keys) {
        this.keys = keys;
    }

    /** The address of a caller's own memory, for the first six callers. */
    static long local(int number) {
        return 0x4000_0000L + 0x10_0000L * number;
    }

    /** Creates the memory of the first process. */
    AddressSpace newMemory(boolean adjacent) {
        AddressSpace space = new AddressSpace(SpaceSettings.DEFAULT.withKeyRule(keys));
        for (int i = 0; i < CALLERS; i++) {
            space.map(MapRequest.anonymous(4 * PAGE).at(local(i)));
        }
        MapRequest anonymous = MapRequest.anonymous(SIZE);
        MapRequest start = MapRequest.file(writable, 0, SIZE);
        List<MapRequest> regions = new ArrayList<>(List.of(
                anonymous,
                anonymous.shared(),
                start.shared(),
                MapRequest.file(writable, 1, SIZE).shared(),
                start,
                MapRequest.file(readOnly, 0, SIZE).shared().protection(Protection.READ),
                anonymous.protection(Protection.NONE)));
        long distance = adjacent ? SIZE : 0x1_0000;
        for (int i = 0; i < regions.size(); i++) {
            space.map(regions.get(i).at(BASE + i * distance));
        }
        if (adjacent) {
            space.map(anonymous.growingDown().at(STACK));
        } else {
            space.map(anonymous.protection(Protection.READ).at(BASE + 8 * distance));
            space.map(start.protection(Protection.READ).at(BASE + 9 * distance));
        }
        return space;
    }

    /** Makes a system call that changes mappings or the file. Returns its result. */
    long call(AddressSpace space, int number, long[] a) {
        try {
            switch (number) {
                case 9 -> {
                    return space.map(request(a).at(a[0]));
                }
                case 10 -> space.protect(a[0], a[1], protection(a[2]));
                case 11 -> space.unmap(a[0], a[1]);
                case 25 -> {
                    return remap(space, a);
                }
                case 28 -> space.adviseDontNeed(a[0], a[1]);
                case 30 -> {
                    boolean reads = (a[2] & SHM_RDONLY) != 0;
                    return space.map(MapRequest.file(segment.open(reads ? Access.READ : Access.WRITE), 0, SIZE)
                            .shared()
                            .protection(reads ? Protection.READ : Protection.READ_WRITE)
                            .at(a[1]));
                }
                case 77 -> file.truncate(a[1]);
                case 285 -> file.punchHole(a[2], a[3]);
                default -> throw new IllegalStateException("unknown system call " + number);
            }
            return 0;
        } catch (MappingException e) {
            return -errno(number, e);
        } catch (IllegalArgumentException e) {
            return -Errno.EINVAL;
        }
    }

    private MapRequest request(long[] a) {
        boolean anonymous = (a[3] & MAP_ANONYMOUS) != 0;
        OpenFile descriptor = a[4] == READ_WRITE_FD ? writable : readOnly;
        MapRequest request = anonymous ? MapRequest.anonymous(a[1]) : MapRequest.file(descriptor, a[5] / PAGE, a[1]);
        MapRequest protectedRequest = request.protection(protection(a[2]));
        return (a[3] & MAP_SHARED) != 0 ? protectedRequest.shared() : protectedRequest;
    }

    private static long remap(AddressSpace space, long[] a) {
        if ((a[3] & MREMAP_FIXED) == 0) {
            return space.remap(a[0], a[1], a[2], false);
        }
        if ((a[3] & MREMAP_DONTUNMAP) != 0) {
            space.remapDontUnmapTo(a[0], a[1], a[4]);
        } else {
            space.remapTo(a[0], a[1], a[2], a[4]);
        }
        return a[4];
    }

    private static Protection protection(long bits) {
        return switch ((int) bits) {
            case 0 -> Protection.NONE;
            case 1 -> Protection.READ;
            case 2 -> Protection.WRITE;
            default -> Protection.READ_WRITE;
        };
    }

    private static int errno(int number, MappingException e) {
        return switch (e.reason()) {
            case NOT_MAPPED -> number == 25 ? Errno.EFAULT : Errno.ENOMEM;
            case READ_ONLY -> EACCES;
            case PRIVATE -> Errno.EINVAL;
            case ALREADY_MAPPED -> EEXIST;
            case NO_ROOM -> Errno.ENOMEM;
        };
    }
}

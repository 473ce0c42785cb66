package org.jfutex.emulator;

import org.jfutex.key.Access;
import org.jfutex.linux.Errno;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.MappingException;
import org.jfutex.memory.OpenFile;
import org.jfutex.memory.Protection;
import org.jfutex.memory.Vma;

/**
 * System calls of memory. The library's {@link org.jfutex.memory.AddressSpace} does the work; here are the flags and
 * the error numbers, and the decoded code is dropped when a mapping of it changes.
 */
final class MemoryCalls {

    private static final int PROT_WRITE = 2;

    private static final int MAP_SHARED = 0x01;
    private static final int MAP_PRIVATE = 0x02;
    private static final int MAP_FIXED = 0x10;
    private static final int MAP_ANONYMOUS = 0x20;
    private static final int MAP_GROWSDOWN = 0x100;
    private static final int MAP_FIXED_NOREPLACE = 0x10_0000;

    private static final int MREMAP_MAYMOVE = 1;
    private static final int MREMAP_FIXED = 2;
    private static final int MREMAP_DONTUNMAP = 4;

    private static final int MADV_DONTNEED = 4;
    private static final int MADV_REMOVE = 9;

    private static final int SHM_RDONLY = 0x1000;
    private static final int SHM_REMAP = 0x4000;

    private static final int PAGE = 4096;

    private final Machine machine;

    MemoryCalls(Machine machine) {
        this.machine = machine;
    }

    /** Returns the error number of a change that the address space has rejected. */
    static int errno(MappingException e) {
        return switch (e.reason()) {
            case NOT_MAPPED, NO_ROOM -> Errno.ENOMEM;
            case ALREADY_MAPPED -> SystemErrno.EEXIST;
            case READ_ONLY -> SystemErrno.EACCES;
            case PRIVATE -> Errno.EINVAL;
        };
    }

    long mmap(GuestThread thread, long address, long length, int protection, int flags, int fd, long offset) {
        boolean shared = (flags & MAP_SHARED) != 0;
        if ((flags & (MAP_SHARED | MAP_PRIVATE)) == 0 || offset % PAGE != 0 || length <= 0) {
            return -Errno.EINVAL;
        }
        MapRequest request;
        if ((flags & MAP_ANONYMOUS) != 0) {
            request = MapRequest.anonymous(length);
        } else {
            OpenFile file = thread.process.files.get(fd).mappable();
            if (file == null) {
                return -SystemErrno.ENODEV;
            }
            request = MapRequest.file(file, offset / PAGE, length);
        }
        request = request.protection(protection(protection));
        request = shared ? request.shared() : request;
        request = (flags & MAP_GROWSDOWN) != 0 ? request.growingDown() : request;
        if ((flags & MAP_FIXED_NOREPLACE) != 0) {
            request = request.atFree(address);
        } else if ((flags & MAP_FIXED) != 0) {
            request = request.at(address);
        } else if (address != 0) {
            request = request.near(address);
        }
        long start = thread.memory().space.map(request);
        thread.memory().code.clearIfIn(start, length);
        return start;
    }

    private static Protection protection(int bits) {
        return (bits & PROT_WRITE) != 0
                ? Protection.READ_WRITE
                : bits != 0 ? Protection.READ : Protection.NONE; // what can be executed can be read
    }

    long munmap(GuestThread thread, long address, long length) {
        thread.memory().space.unmap(address, length);
        thread.memory().code.clearIfIn(address, length);
        return 0;
    }

    long mprotect(GuestThread thread, long address, long length, int protection) {
        if (length != 0) {
            thread.memory().space.protect(address, length, protection(protection));
            thread.memory().code.clearIfIn(address, length);
        }
        return 0;
    }

    long mremap(GuestThread thread, long address, long oldLength, long newLength, int flags, long target) {
        ProgramMemory memory = thread.memory();
        boolean keeps = (flags & MREMAP_DONTUNMAP) != 0;
        boolean fixed = (flags & MREMAP_FIXED) != 0;
        boolean mayMove = (flags & MREMAP_MAYMOVE) != 0;
        if (((keeps || fixed) && !mayMove) || (keeps && oldLength != newLength)) {
            return -Errno.EINVAL;
        }
        long start = target;
        try {
            if (keeps && fixed) {
                memory.space.remapDontUnmapTo(address, oldLength, target);
            } else if (keeps) {
                start = memory.space.remapDontUnmap(address, oldLength, target);
            } else if (fixed) {
                memory.space.remapTo(address, oldLength, newLength, target);
            } else {
                start = memory.space.remap(address, oldLength, newLength, mayMove);
            }
        } catch (MappingException e) {
            return e.reason() == MappingException.Reason.NOT_MAPPED ? -Errno.EFAULT : -errno(e);
        }
        memory.code.clear();
        return start;
    }

    long madvise(GuestThread thread, long address, long length, int advice) {
        if (length == 0) {
            return 0;
        }
        if (advice == MADV_DONTNEED) {
            thread.memory().space.adviseDontNeed(address, length);
        } else if (advice == MADV_REMOVE) {
            Vma vma = thread.memory().space.vmaAt(address);
            if (vma == null || vma.file() == null || address + length > vma.end()) {
                return -Errno.EINVAL;
            }
            vma.file().punchHole(vma.pageOf(address) * PAGE, length);
        }
        return 0; // all other advice concerns only speed
    }

    long flushCode(GuestThread thread) {
        thread.memory().code.clear();
        return 0;
    }

    // ---- shared segments of System V

    long shmget(int key, long size, int flags) {
        return machine.segments.get(key, size, flags);
    }

    long shmctl(int id, int command, GuestThread thread, long buffer) {
        switch (command & 255) {
            case 0 -> machine.segments.remove(id); // IPC_RMID
            case 2 -> { // IPC_STAT
                SystemCalls.zeroes(thread, buffer, 112);
                thread.memory().storeLong(buffer + 48, machine.segments.find(id).size());
            }
            default -> {
                return -Errno.EINVAL;
            }
        }
        return 0;
    }

    long shmat(GuestThread thread, int id, long address, int flags) {
        boolean readOnly = (flags & SHM_RDONLY) != 0;
        OpenFile file = machine.segments.find(id).open(readOnly ? Access.READ : Access.WRITE);
        MapRequest request = MapRequest.file(file, 0, file.file().size())
                .shared()
                .protection(readOnly ? Protection.READ : Protection.READ_WRITE);
        request = address == 0 ? request : (flags & SHM_REMAP) != 0 ? request.at(address) : request.atFree(address);
        return thread.memory().space.map(request);
    }

    long shmdt(GuestThread thread, long address) {
        Vma vma = thread.memory().space.vmaAt(address);
        if (vma == null || vma.start() != address || vma.file() == null || !machine.segments.contains(vma.file())) {
            return -Errno.EINVAL;
        }
        thread.memory().space.unmap(address, vma.file().size());
        return 0;
    }
}

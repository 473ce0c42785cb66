package org.jfutex.emulator;

import java.util.HashMap;
import java.util.Map;
import java.util.WeakHashMap;
import org.jfutex.linux.Errno;
import org.jfutex.memory.MappableFile;
import org.jfutex.memory.MemoryFile;

/** The shared memory segments of System V. Each is a file in memory; a removed one exists as long as it is mapped. */
final class SharedSegments {

    private static final int IPC_CREAT = 01000;
    private static final int IPC_EXCL = 02000;

    /* Guarded by this. */
    private final Map<Integer, MemoryFile> byId = new HashMap<>();
    private final Map<Integer, Integer> idByKey = new HashMap<>();
    private final Map<MappableFile, Boolean> all = new WeakHashMap<>();
    private int lastId;

    /** Returns the id of the segment with a key; creates it if the flags say so. Key 0 always creates one. */
    synchronized int get(int key, long size, int flags) {
        Integer known = key == 0 ? null : idByKey.get(key);
        if (known != null) {
            if ((flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL)) {
                throw new SystemCallException(SystemErrno.EEXIST);
            }
            if (size > find(known).size()) {
                throw new SystemCallException(Errno.EINVAL);
            }
            return known;
        }
        if (key != 0 && (flags & IPC_CREAT) == 0) {
            throw new SystemCallException(SystemErrno.ENOENT);
        }
        if (size <= 0) {
            throw new SystemCallException(Errno.EINVAL);
        }
        int id = ++lastId;
        MemoryFile file = new MemoryFile("segment " + id, ProgramMemory.roundUp(size));
        byId.put(id, file);
        all.put(file, true);
        if (key != 0) {
            idByKey.put(key, id);
        }
        return id;
    }

    synchronized MemoryFile find(int id) {
        MemoryFile found = byId.get(id);
        if (found == null) {
            throw new SystemCallException(Errno.EINVAL);
        }
        return found;
    }

    synchronized void remove(int id) {
        find(id);
        byId.remove(id);
        idByKey.values().remove(id);
    }

    /** Returns whether a file is a segment, removed or not. */
    synchronized boolean contains(MappableFile file) {
        return all.containsKey(file);
    }
}

package org.jfutex.memory;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The host files that are open or mapped: one {@link HostFile} for each file of the host. */
final class HostFiles {

    /*
     * A path may refer to another file at any time. A file is identified, opened, and identified again. If the two
     * identities differ, all of this is repeated. Otherwise the descriptors could belong to another file than the key:
     *
     *     this thread                         another program
     *     read the key of a
     *                                         rename b to a
     *     open a
     *     register the descriptors of b under the key of the former a
     *
     * Forbidden: a mapping of a shows the words of b.
     *
     * Another program may also rename b to a and then restore the former a. That changes the former a's time of change,
     * if it happens later than a tick of the file system's clock after the previous change. So a file that has changed
     * within the last tick is identified again later. If a file is written all the time, but its path always refers to
     * it, it is accepted in the end.
     *
     * All of this happens without the lock of the table. A path can become a FIFO between the check and the open, and
     * then the open waits; only its caller waits with it.
     */

    /** After so many attempts, a file may change all the time if its key has always been the same. */
    private static final int MAX_ATTEMPTS = 20;

    /** More than the resolution of a file system's clock, which may be 10 ms. */
    private static final long TICK_MILLIS = 20;

    /** All files, by the host's file key, or by the real path if the host has no such key. Guarded by itself. */
    private static final Map<Object, WeakReference<HostFile>> FILES = new HashMap<>();

    /** What identifies a file, and when it was last renamed, replaced or changed. */
    private record Identity(Object key, @Nullable FileTime changed) {

        static Identity of(Path path) throws IOException {
            Object key;
            FileTime changed = null;
            if (path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
                Map<String, Object> all = Files.readAttributes(path, "unix:fileKey,ctime,isRegularFile");
                check(path, Boolean.TRUE.equals(all.get("isRegularFile")));
                key = all.get("fileKey");
                changed = (FileTime) all.get("ctime");
            } else {
                BasicFileAttributes all = Files.readAttributes(path, BasicFileAttributes.class);
                check(path, all.isRegularFile());
                key = all.fileKey();
            }
            return new Identity(key != null ? key : path.toRealPath(), changed);
        }

        /** Returns whether every change after a time is visible in this identity. */
        boolean isSettledAt(long millis) {
            return changed == null || changed.toMillis() < millis - TICK_MILLIS;
        }

        private static void check(Path path, boolean regular) throws IOException {
            if (!regular) {
                throw new IOException(path + " is not a regular file");
            }
        }
    }

    private HostFiles() {}

    /** Opens a file of the host. The caller owns a reference to the result. */
    static HostFile open(Path path, boolean writable, boolean copied) throws IOException {
        Set<Object> keys = new HashSet<>();
        for (int attempt = 0; ; attempt++) {
            long start = System.currentTimeMillis();
            Identity before = Identity.of(path);
            HostFile known = retained(before.key);
            if (known != null) {
                if (known.isCopied() != copied) {
                    known.release();
                    throw new IOException(path + " is in use in the other mode");
                }
                if (!writable || known.isWritable()) {
                    return known;
                }
            }
            HostIo io = null;
            HostFile opened = null;
            try {
                io = HostIo.open(path, writable);
                Identity after = Identity.of(path);
                keys.add(before.key);
                keys.add(after.key);
                boolean settled = before.equals(after) && before.isSettledAt(start);
                if (settled || (attempt >= MAX_ATTEMPTS && keys.size() == 1)) {
                    opened = known == null ? register(before.key, io, copied) : known;
                    if (opened != null && known != null) {
                        known.makeWritable(io);
                    }
                }
            } finally {
                if (known != null && opened == null) {
                    known.release();
                }
                if (io != null && (opened == null || known != null)) {
                    io.close();
                }
            }
            if (opened != null) {
                return opened;
            }
            if (attempt >= MAX_ATTEMPTS) {
                throw new IOException(path + " is replaced all the time");
            }
            HostIo.pause(TICK_MILLIS / 2);
        }
    }

    /** Registers a file; returns null if another thread has registered it first. */
    private static @Nullable HostFile register(Object key, HostIo io, boolean copied) throws IOException {
        HostFile created = new HostFile(key, io, copied);
        synchronized (FILES) {
            HostFile other = living(FILES.get(key));
            if (other != null && other.isOpen()) {
                return null;
            }
            FILES.put(key, created.reference);
        }
        return created;
    }

    /** Returns a registered file, with a reference for the caller. */
    private static @Nullable HostFile retained(Object key) {
        synchronized (FILES) {
            HostFile file = living(FILES.get(key));
            return file != null && file.retain() ? file : null;
        }
    }

    private static @Nullable HostFile living(@Nullable WeakReference<HostFile> reference) {
        return reference == null ? null : reference.get();
    }

    /** Removes a file that has been closed, or that has become unreachable. */
    static void remove(Object key, WeakReference<HostFile> reference) {
        synchronized (FILES) {
            if (Objects.equals(FILES.get(key), reference)) {
                FILES.remove(key);
            }
        }
    }

    /** Returns the number of registered files. */
    static int count() {
        synchronized (FILES) {
            return FILES.size();
        }
    }
}

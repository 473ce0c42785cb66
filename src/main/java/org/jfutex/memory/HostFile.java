package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.ReentrantLock;
import org.jfutex.key.Access;
import org.jspecify.annotations.Nullable;

/**
 * A file of the machine that the JVM runs on, mapped into the JVM's own memory: its words are shared with other processes, and the
 * file holds them afterwards.
 *
 * <p>A file that is opened twice in one JVM is one object, by whatever path. It is the words that other processes share; a
 * waiter of another JVM is not found by a wake of this one.
 *
 * <p>The host's descriptor is closed when nothing refers to this object any more. Bytes behind the end of the file, in its last page,
 * are not accessible, since the host would have to make the file longer for it; words narrower than 32 bits need the 32 bits around
 * them. A length that another program has increased is seen here. No program may make a mapped file shorter, so {@link #truncate}
 * refuses that for pages that have been used.
 *
 * <p>If another program shortens the file nevertheless, then an access to a mapped page behind the new end throws {@link
 * InternalError}. On JDK 17 the error may come later than the access, from any method that the same thread calls then. Address spaces
 * and tables release their own locks for any throwable, but classes of the JDK may be left in a state that they do not expect: a lock
 * that the thread was waiting for may admit no thread any more. To avoid it, let other programs only append to the file or rename a new
 * file over it, and give them no permission to write to it if they might do otherwise.
 */
public final class HostFile extends MappableFile {

    /*
     * The file is mapped in chunks, and a page is a slice of its chunk. A channel is closed when a thread that uses it is
     * interrupted, so mapping is done by a thread that nobody else can see.
     */

    private static final int CHUNK_SHIFT = 24;
    private static final long CHUNK = 1L << CHUNK_SHIFT;

    /** Who is who, by what the host calls a file's key, else by its real path. Guarded by itself. */
    private static final Map<Object, WeakReference<HostFile>> FILES = new HashMap<>();

    private final String path;
    private final ReentrantLock lock = new ReentrantLock();

    private RandomAccessFile host; // guarded by lock

    private boolean writable; // guarded by lock

    private final Map<Long, ByteBuffer> chunks = new HashMap<>(); // guarded by lock

    private final TreeMap<Long, Page> pages = new TreeMap<>(); // guarded by lock

    private volatile long size; // as last seen; written under the lock

    private HostFile(File file, boolean writable) throws IOException {
        this.path = file.getPath();
        this.host = new RandomAccessFile(file, writable ? "rw" : "r");
        this.writable = writable;
        this.size = host.length();
    }

    /**
     * Opens a file of the host.
     *
     * @param path the file, which must exist
     * @param access what for
     * @return a descriptor
     * @throws IOException if the host refuses
     */
    public static OpenFile open(Path path, Access access) throws IOException {
        requireNonNull(path, "path");
        requireNonNull(access, "access");
        Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        boolean write = access == Access.WRITE;
        synchronized (FILES) {
            FILES.values().removeIf(reference -> reference.get() == null);
            Object id = key != null ? key : path.toRealPath();
            WeakReference<HostFile> known = FILES.get(id);
            HostFile file = known == null ? null : known.get();
            if (file == null) {
                file = new HostFile(path.toFile(), write);
                FILES.put(id, new WeakReference<>(file));
            } else if (write) {
                file.makeWritable(path.toFile());
            }
            return new OpenFile(file, access);
        }
    }

    /** So far it was open for reading only: exchanges all that is mapped. */
    private void makeWritable(File file) throws IOException {
        lock.lock();
        try {
            if (!writable) {
                RandomAccessFile before = host;
                host = new RandomAccessFile(file, "rw");
                writable = true;
                chunks.clear();
                boolean done = false;
                try {
                    for (Map.Entry<Long, Page> entry : pages.entrySet()) {
                        showLocked(entry.getKey(), entry.getValue());
                    }
                    done = true;
                } finally {
                    if (!done) { // some pages cannot be written yet
                        host = before;
                        writable = false;
                        chunks.clear();
                    }
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws UnsupportedOperationException if nobody has opened this file for writing so far
     */
    @Override
    public OpenFile open(Access access) {
        if (access == Access.WRITE) {
            checkWritable();
        }
        return super.open(access);
    }

    private void checkWritable() {
        lock.lock();
        try {
            if (!writable) {
                throw new UnsupportedOperationException(path + " was opened for reading: open its path for writing");
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    boolean reaches(long index) {
        return super.reaches(index) || index < Mm.pages(currentSize());
    }

    private long currentSize() {
        lock.lock();
        try {
            size = host.length();
            return size;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot tell the length of " + path, e);
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if it would become shorter and a page has been used that would be cut
     * @throws UnsupportedOperationException if nobody has opened this file for writing so far
     */
    @Override
    public void truncate(long newSize) {
        checkWritable();
        super.truncate(newSize);
    }

    /**
     * {@inheritDoc}
     *
     * @throws UnsupportedOperationException if nobody has opened this file for writing so far
     */
    @Override
    public void punchHole(long position, long length) {
        checkWritable();
        super.punchHole(position, length);
    }

    @Override
    boolean resize(long newSize) {
        lock.lock();
        try {
            long oldSize = currentSize();
            Map.Entry<Long, Page> last = pages.lastEntry();
            if (last != null && newSize < Math.min(oldSize, (last.getKey() + 1) << Mm.PAGE_SHIFT)) {
                throw new IllegalStateException("page " + last.getKey() + " of " + path
                        + " is in use: it cannot be cut to " + newSize + " bytes");
            }
            host.setLength(newSize);
            size = newSize;
            return newSize < oldSize;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot set the length of " + path, e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    long extent() {
        return currentSize();
    }

    /** Chunk by chunk; of a hole that is larger than one, those that nobody uses are not kept. */
    @Override
    void punch(long from, long to) {
        for (long at = from, next; at < to; at = next) {
            long chunk = at & -CHUNK;
            next = to - chunk < CHUNK ? to : chunk + CHUNK;
            lock.lock();
            try {
                boolean kept = to - from <= CHUNK || chunks.containsKey(chunk);
                zeroLocked(at, next);
                if (!kept && usedLocked(chunk, CHUNK).isEmpty()) {
                    chunks.remove(chunk);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private void zeroLocked(long from, long to) {
        for (long at = from; at < to; at = (at & -Mm.PAGE_SIZE) + Mm.PAGE_SIZE) {
            long index = at >>> Mm.PAGE_SHIFT;
            int end = (int) Math.min(Mm.PAGE_SIZE, to - (at & -Mm.PAGE_SIZE));
            Page page = pages.get(index);
            if (page != null) {
                lengthen(index, page);
                page.freeze();
                try {
                    Words.zero(page.bytesWithin(), Mm.offset(at), end);
                } finally {
                    page.thaw();
                }
            } else if (reaches(index)) {
                ByteBuffer bytes = bytesLocked(index);
                Words.zero(bytes, Mm.offset(at), Math.min(end, bytes.capacity()));
            }
        }
    }

    /** The pages of a range that somebody has used. */
    private Map<Long, Page> usedLocked(long start, long length) {
        return pages.subMap(start >>> Mm.PAGE_SHIFT, Mm.pages(start + length));
    }

    @Override
    @Nullable
    Page page(long index) {
        lock.lock();
        try {
            Page page = pages.get(index);
            if (page == null && reaches(index)) {
                page = Page.ofHostFile(bytesLocked(index));
                pages.put(index, page);
            }
            return page;
        } finally {
            lock.unlock();
        }
    }

    @Override
    void lengthen(long index, Page page) {
        lock.lock();
        try {
            if (!page.reaches((int) Math.min(Mm.PAGE_SIZE, currentSize() - (index << Mm.PAGE_SHIFT)))) {
                showLocked(index, page);
            }
        } finally {
            lock.unlock();
        }
    }

    private void showLocked(long index, Page page) {
        ByteBuffer bytes = bytesLocked(index);
        page.freeze();
        try {
            page.rebaseFrozen(bytes);
        } finally {
            page.thaw();
        }
    }

    private ByteBuffer bytesLocked(long index) {
        long start = index << Mm.PAGE_SHIFT;
        long chunkStart = start & -CHUNK;
        int length = (int) Math.min(Mm.PAGE_SIZE, size - start);
        ByteBuffer chunk = chunks.get(chunkStart);
        if (chunk == null || chunk.capacity() < start - chunkStart + length) {
            chunk = mapLocked(chunkStart, Math.min(CHUNK, size - chunkStart));
            chunks.put(chunkStart, chunk);
            // what was mapped before must be able to go, since the host allows only so many mappings
            for (Map.Entry<Long, Page> used :
                    usedLocked(chunkStart, chunk.capacity()).entrySet()) {
                showLocked(used.getKey(), used.getValue());
            }
        }
        return chunk.slice((int) (start - chunkStart), length);
    }

    private ByteBuffer mapLocked(long start, long length) {
        MapMode mode = writable ? MapMode.READ_WRITE : MapMode.READ_ONLY;
        RandomAccessFile file = host;
        FutureTask<ByteBuffer> mapping =
                new FutureTask<>(() -> file.getChannel().map(mode, start, length));
        Thread mapper = new Thread(mapping, "jfutex map");
        mapper.setDaemon(true);
        mapper.start();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return mapping.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw new UncheckedIOException(new IOException("cannot map " + path, e.getCause()));
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public String toString() {
        return path;
    }
}

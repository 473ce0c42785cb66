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
 * A file of the host machine, mapped into the JVM's own memory. Its words are shared with other processes, and writes
 * to them persist in the file.
 *
 * <p>If a file is opened twice in one JVM, by any path, both descriptors refer to one object. Other processes share
 * only the words, not the waiters: a wake in this JVM does not find a waiter of another JVM.
 *
 * <p>The host's descriptor is closed when this object is unreachable. Bytes in the last page beyond the end of the file
 * are not accessible, because the host would have to extend the file for them. An access to a word narrower than 32
 * bits needs the aligned 32 bits that contain it. If another program extends the file, the new length is visible here.
 * A mapped file must not become shorter, so {@link #truncate} rejects a size that would cut a page that has been used.
 *
 * <p>If another program shortens the file nevertheless, an access to a mapped page beyond the new end throws {@link
 * InternalError}. On JDK 17, a later method of the same thread may throw that error instead of the access. Address
 * spaces and tables release their own locks for any throwable. But classes of the JDK may be left in a state that they
 * do not expect: for example, a lock that the thread was waiting for may never admit a thread again. To avoid this,
 * other programs may only append to the file, or rename a new file over it. If a program might do otherwise, give it no
 * permission to write.
 */
public final class HostFile extends MappableFile {

    /*
     * The file is mapped in chunks, and a page is a slice of its chunk. An interrupt of a thread that uses a channel
     * closes the channel. So a private thread, which no caller can interrupt, maps the chunks.
     */

    private static final int CHUNK_SHIFT = 24;
    private static final long CHUNK = 1L << CHUNK_SHIFT;

    /** All files, by the host's file key, or by the real path if the host has no such key. Guarded by itself. */
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
     * @param access {@link Access#READ} for O_RDONLY, {@link Access#WRITE} for O_RDWR
     * @return a descriptor
     * @throws IOException if the host cannot open the file
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

    /** Opens the file for writing if it was open only for reading, and replaces all mappings of it. */
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
                    if (!done) { // some pages have not been replaced
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
     * @throws UnsupportedOperationException if this file has not been opened for writing so far
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
            throw new UncheckedIOException("cannot read the length of " + path, e);
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if a page that has been used would be cut
     * @throws UnsupportedOperationException if this file has not been opened for writing so far
     */
    @Override
    public void truncate(long newSize) {
        checkWritable();
        super.truncate(newSize);
    }

    /**
     * {@inheritDoc}
     *
     * @throws UnsupportedOperationException if this file has not been opened for writing so far
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

    /** Zeroes chunk by chunk. If the hole is larger than a chunk, chunks without used pages are unmapped again. */
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

    /** Returns the pages of a range that have been used. */
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
            // Move the pages to the new chunk, so that the old one can be unmapped: the host limits the number of
            // mappings.
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

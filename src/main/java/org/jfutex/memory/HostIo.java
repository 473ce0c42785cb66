package org.jfutex.memory;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The descriptors of a host file, and its input and output. Not thread-safe. */
final class HostIo implements Closeable {

    /*
     * An interrupt of a thread that uses a channel closes the channel. So lengths and bytes are read through a
     * RandomAccessFile, which ignores interrupts. Mapping and writing, which are rare, need a channel. A private
     * thread, which no caller can interrupt, uses it. A RandomAccessFile cannot be used for writing, because it would
     * create the file if another program has removed it.
     */

    private static final int BLOCK = 1 << 16;

    /** The free space that must remain on a disk when a page that may have no block becomes writable. */
    private static final long RESERVE = 1 << 20;

    /** The byte that is locked while a file is extended. No file has it. */
    private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;

    private static final int LOCK_ATTEMPTS = 1_000;
    private static final long LOCK_PAUSE_NANOS = 10_000_000;

    private final Path path;
    private final RandomAccessFile reader;
    private @Nullable FileChannel writer;

    private HostIo(Path path, RandomAccessFile reader, @Nullable FileChannel writer) {
        this.path = path;
        this.reader = reader;
        this.writer = writer;
    }

    /** Opens an existing file. */
    static HostIo open(Path path, boolean writable) throws IOException {
        RandomAccessFile reader = new RandomAccessFile(path.toFile(), "r");
        boolean opened = false;
        try {
            HostIo io = new HostIo(
                    path,
                    reader,
                    writable ? FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE) : null);
            opened = true;
            return io;
        } finally {
            if (!opened) {
                reader.close();
            }
        }
    }

    boolean isWritable() {
        return writer != null;
    }

    /** Takes the write descriptor of another instance, which was opened for writing and has the same file. */
    void takeWriter(HostIo other) {
        writer = other.writer;
        other.writer = null;
    }

    /** Closes both descriptors. Mappings stay. */
    @Override
    public void close() throws IOException {
        FileChannel open = writer;
        try {
            if (open != null) {
                open.close();
            }
        } finally {
            reader.close();
        }
    }

    long length() throws IOException {
        return reader.length();
    }

    /** Reads bytes up to the end of the file; returns how many. */
    int read(long position, byte[] into, int length) throws IOException {
        reader.seek(position);
        int done = 0;
        for (int got = 0; done < length && got >= 0; done += Math.max(got, 0)) {
            got = reader.read(into, done, length - done);
        }
        return done;
    }

    HostMapping map(long start, long length) throws IOException {
        FileChannel channel = writer == null ? reader.getChannel() : writer;
        MapMode mode = writer == null ? MapMode.READ_ONLY : MapMode.READ_WRITE;
        return uninterrupted(() -> HostMapping.map(channel, mode, start, length));
    }

    /** Writes bytes, all of them or up to an error. */
    void write(long position, ByteBuffer bytes) throws IOException {
        FileChannel channel = writer();
        uninterrupted(() -> {
            writeAll(channel, position, bytes);
            return true;
        });
    }

    private static void writeAll(FileChannel channel, long position, ByteBuffer bytes) throws IOException {
        for (long at = position; bytes.hasRemaining(); ) {
            at += channel.write(bytes, at);
        }
    }

    /** Zeroes a range within the file. Blocks of zeroes are not written, so holes remain. */
    void zero(long from, long to) throws IOException {
        byte[] block = new byte[BLOCK];
        for (long at = from, next; at < to; at = next) {
            next = Math.min(to, (at & -BLOCK) + BLOCK);
            int length = read(at, block, (int) (next - at));
            if (!isZero(block, length)) {
                write(at, ByteBuffer.allocate(length));
            }
        }
    }

    /** Returns whether a range within one page consists of zeroes. Only such a range can be a hole of the file. */
    boolean isZero(long position, int length) throws IOException {
        byte[] bytes = new byte[length];
        return isZero(bytes, read(position, bytes, length));
    }

    private static boolean isZero(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    /** Writes the file to the disk. */
    void force() throws IOException {
        FileChannel channel = writer;
        if (channel != null) {
            uninterrupted(() -> {
                channel.force(false);
                return true;
            });
        }
    }

    void cut(long size) throws IOException {
        FileChannel channel = writer();
        uninterrupted(() -> channel.truncate(size));
    }

    /**
     * Extends the file by zeroes that have blocks of the disk. If there is no space, the file keeps its length.
     *
     * <p>A lock of the host ensures that two programs which use this method do not write zeroes over each other's
     * words.
     */
    void extend(long size) throws IOException {
        FileChannel channel = writer();
        uninterrupted(() -> {
            FileLock lock = lock(channel);
            try {
                extend(channel, size);
            } finally {
                if (lock != null) {
                    lock.release();
                }
            }
            return true;
        });
    }

    private void extend(FileChannel channel, long size) throws IOException {
        long before = channel.size();
        long missing = size - before;
        if (missing > 0 && missing > usableSpace()) {
            throw new IOException("no space for " + missing + " more bytes of " + path);
        }
        boolean done = false;
        try {
            ByteBuffer zeroes = ByteBuffer.allocateDirect(BLOCK);
            for (long at = before; at < size; ) {
                zeroes.clear().limit((int) Math.min(BLOCK, size - at));
                at += channel.write(zeroes, at);
            }
            done = true;
        } finally {
            if (!done) {
                channel.truncate(before);
            }
        }
    }

    /** Locks the byte that extending locks. Returns null if this JVM has locked it in another way. */
    private @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            for (int attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
                FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false);
                if (lock != null) {
                    return lock;
                }
                LockSupport.parkNanos(LOCK_PAUSE_NANOS);
            }
        } catch (OverlappingFileLockException e) {
            return null;
        }
        throw new IOException("another program has locked " + path + ", so that it cannot be extended");
    }

    private FileChannel writer() {
        FileChannel channel = writer;
        if (channel == null) {
            throw new UnsupportedOperationException(path + " was opened for reading: open its path for writing");
        }
        return channel;
    }

    /** Returns whether the disk has space for a number of pages, and a reserve. */
    boolean hasSpaceFor(long pages) {
        return usableSpace() - RESERVE >= pages << Addresses.PAGE_SHIFT;
    }

    /** Returns the free space of the disk; a large number if the host does not report it. */
    private long usableSpace() {
        try {
            Path folder = path.toAbsolutePath().getParent();
            FileStore store = Files.getFileStore(folder == null ? path : folder);
            return store.getUsableSpace();
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    /** Sleeps for a time. An interrupt does not end it, and stays pending. */
    static void pause(long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        boolean interrupted = false;
        try {
            for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
                try {
                    TimeUnit.NANOSECONDS.sleep(left);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Runs I/O in a thread that cannot be interrupted. */
    private static <T> T uninterrupted(Callable<T> io) throws IOException {
        FutureTask<T> task = new FutureTask<>(io);
        Thread thread = new Thread(task, "jfutex I/O");
        thread.setDaemon(true);
        thread.start();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw failure(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static IOException failure(@Nullable Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof IOException e ? e : new IOException(cause);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}

package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jfutex.key.Access;
import org.jspecify.annotations.Nullable;

/**
 * A file of the host machine, in one of two modes. <b>If another program may shorten the file or fill its disk, open it
 * with {@link #openCopied}</b>: in the mode of {@link #open}, that can end the JVM. The modes differ in this:
 *
 * <table class="striped">
 * <caption>What the modes do, and what they survive</caption>
 * <thead><tr><th></th><th>{@link #open}: mapped</th><th>{@link #openCopied}: copied</th></tr></thead>
 * <tbody>
 * <tr><td>words are shared with other processes</td><td>yes</td><td>no: a page is read at its first use</td></tr>
 * <tr><td>writes get into the file</td><td>at once</td><td>by {@link #sync}, and when the last mapping ends</td></tr>
 * <tr><td>another program extends the file</td><td>the new words are visible</td><td>the new pages are</td></tr>
 * <tr><td>another program replaces the file</td><td>survives: mappings keep the old file</td><td>survives</td></tr>
 * <tr><td>another program shortens the file</td><td>may end the JVM</td><td>survives: unused pages fault</td></tr>
 * <tr><td>the disk is full</td><td>survives, unless it fills up at the same moment</td><td>survives</td></tr>
 * <tr><td>a read error of the disk</td><td>may end the JVM</td><td>survives: the page faults</td></tr>
 * </tbody>
 * </table>
 *
 * <p>In the mapped mode, an access to a word that is not on the disk any more is a signal that the JVM handles in
 * compiled loads and stores only. Then this class throws {@link org.jfutex.key.MemoryFaultException}, but the JVM may
 * also throw {@link InternalError} in a later method of the same thread. In other code, such as a compare-and-exchange
 * that is not compiled yet, the signal ends the JVM. To avoid this, other programs may only append to the file, or
 * rename a new file over it. A page that consists of zeroes may have no block on the disk. It becomes accessible only
 * if the disk has free space for all such pages; otherwise the access faults. Quotas are not checked.
 *
 * <p>If a file is opened twice in one JVM, by any path, both descriptors refer to one object, as long as the file is
 * open or mapped. Other processes share only the words, not the waiters: a wake in this JVM does not find a waiter of
 * another JVM.
 *
 * <p>A file is mapped in parts of 16 MiB. They are unmapped when no address space maps the file any more, and the
 * host's descriptors are closed when it is not open either. So close descriptors, and unmap or {@linkplain
 * AddressSpace#close close} address spaces. Unmapping happens at once on JDK 22 and later. On JDK 17 to 21 it needs the
 * module {@code jdk.unsupported}, which the class path has by default; without that module the garbage collector
 * unmaps.
 *
 * <p>Only regular files can be opened. Bytes in the last page beyond the end of a mapped file are not accessible,
 * because the host would have to extend the file for them. An access to a word narrower than 32 bits needs the aligned
 * 32 bits that contain it.
 */
public final class HostFile extends MappableFile {

    /*
     * References. Each descriptor, each VMA and each call that creates a VMA holds a reference; a VMA is also counted
     * as a mapping. A count of references that is 0 never changes again. A mapping is added before its VMA is
     * published, and removed after the page-table entries of its pages are gone. So if there is no mapping under the
     * lock, no thread can reach a page, and none can until a mapping is added.
     *
     *     mappings = 0      the pages are taken away and unmapped
     *     references = 0    the file is removed from the table of files and closed
     */

    private static final Cleaner CLEANER = Cleaner.create();

    /** This file, for the table of files. */
    final WeakReference<HostFile> reference = new WeakReference<>(this);

    private final Object key;
    private final boolean copied;
    private final Host host;
    private final AtomicInteger references = new AtomicInteger(1);
    private final AtomicInteger mappings = new AtomicInteger();

    private volatile long size; // as last seen; written under the host's lock

    /** What the host lends, apart from this object, so that it can be given back when this object is unreachable. */
    private record Host(HostIo io, HostPages pages, ReentrantLock lock) {
        void giveBack() {
            try {
                pages.sync(io);
                io.close();
            } catch (IOException e) {
                // no caller is left who could handle it
            }
            pages.clearUnreachable();
        }
    }

    HostFile(Object key, HostIo io, boolean copied) throws IOException {
        this.key = key;
        this.copied = copied;
        this.host = new Host(io, copied ? new HostCopies() : new HostChunks(), new ReentrantLock());
        this.size = io.length();
        Host lent = host;
        WeakReference<HostFile> self = reference;
        CLEANER.register(this, () -> {
            HostFiles.remove(key, self);
            lent.giveBack();
        });
    }

    /**
     * Opens a file of the host, whose pages will be mapped into the JVM's own memory.
     *
     * @param path the file, which must exist
     * @param access {@link Access#READ} for O_RDONLY, {@link Access#WRITE} for O_RDWR
     * @return a descriptor
     * @throws IOException if the host cannot open the file, if it is not a regular file, or if it is in use in the
     *     copied mode
     */
    public static OpenFile open(Path path, Access access) throws IOException {
        return open(path, access, false);
    }

    /**
     * Opens a file of the host, whose pages will be copied into the JVM's memory and written back. Such a file survives
     * what other programs do to it.
     *
     * <p>Only bytes that have changed are written back, so changes of other bytes by other programs are kept. A file
     * that another program has shortened is not extended again. Errors of writing back are reported by {@link #sync}
     * only.
     *
     * @param path the file, which must exist
     * @param access {@link Access#READ} for O_RDONLY, {@link Access#WRITE} for O_RDWR
     * @return a descriptor
     * @throws IOException if the host cannot open the file, if it is not a regular file, or if it is in use in the
     *     mapped mode
     */
    public static OpenFile openCopied(Path path, Access access) throws IOException {
        return open(path, access, true);
    }

    private static OpenFile open(Path path, Access access, boolean copied) throws IOException {
        requireNonNull(path, "path");
        requireNonNull(access, "access");
        return new OpenFile(HostFiles.open(path, access == Access.WRITE, copied), access);
    }

    /**
     * Returns whether the pages of this file are copied instead of mapped.
     *
     * @return true for a file of {@link #openCopied}
     */
    public boolean isCopied() {
        return copied;
    }

    boolean isWritable() {
        host.lock.lock();
        try {
            return host.io.isWritable();
        } finally {
            host.lock.unlock();
        }
    }

    /** Makes this file writable, if it is not, by the descriptor of an instance that was opened for writing. */
    void makeWritable(HostIo other) throws IOException {
        host.lock.lock();
        try {
            if (!host.io.isWritable()) {
                host.io.takeWriter(other);
                boolean done = false;
                try {
                    host.pages.becomeWritable(host.io, lengthLocked());
                    done = true;
                } finally {
                    if (!done) { // some pages have not been replaced
                        other.takeWriter(host.io);
                    }
                }
            }
        } finally {
            host.lock.unlock();
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws UnsupportedOperationException if this file has not been opened for writing so far
     * @throws IllegalStateException if this file is neither open nor mapped any more
     */
    @Override
    public OpenFile open(Access access) {
        if (access == Access.WRITE) {
            checkWritable();
        }
        return super.open(access);
    }

    private void checkWritable() {
        if (!isWritable()) {
            throw new UnsupportedOperationException(host.io + " was opened for reading: open its path for writing");
        }
    }

    // ---- references

    @Override
    boolean retain() {
        for (int seen = references.get(); seen != 0; seen = references.get()) {
            if (references.compareAndSet(seen, seen + 1)) {
                return true;
            }
        }
        return false;
    }

    @Override
    void release() {
        if (references.decrementAndGet() == 0) {
            HostFiles.remove(key, reference);
            host.lock.lock();
            try {
                takePagesLocked();
                host.io.close();
            } catch (IOException e) {
                // as close(2), which has closed the descriptor nevertheless
            } finally {
                host.lock.unlock();
            }
        }
    }

    boolean isOpen() {
        return references.get() != 0;
    }

    @Override
    void addMapping() {
        references.incrementAndGet(); // the caller holds a reference
        mappings.incrementAndGet();
    }

    @Override
    void removeMapping() {
        if (mappings.decrementAndGet() == 0) {
            host.lock.lock();
            try {
                if (mappings.get() == 0) {
                    takePagesLocked();
                }
            } finally {
                host.lock.unlock();
            }
        }
        release();
    }

    private void takePagesLocked() {
        try {
            if (copied) {
                host.pages.sync(host.io);
            }
            host.pages.clear();
        } catch (IOException e) {
            // keep the pages: the next call of sync reports the error
        }
    }

    // ---- size

    @Override
    public long size() {
        return size;
    }

    @Override
    boolean reaches(long index) {
        if (super.reaches(index)) {
            return true; // as last seen; if the file has become shorter, the access to the word faults
        }
        host.lock.lock();
        try {
            return isOpen() && index < Addresses.pages(lengthLocked());
        } catch (IOException e) {
            return false;
        } finally {
            host.lock.unlock();
        }
    }

    private long lengthLocked() throws IOException {
        size = host.io.length();
        return size;
    }

    /**
     * {@inheritDoc} Words of the file are written to the disk, too.
     *
     * @throws UncheckedIOException if the host reports an error
     */
    @Override
    public void sync() {
        host.lock.lock();
        try {
            host.pages.sync(host.io);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + host.io, e);
        } finally {
            host.lock.unlock();
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>If the file becomes longer, blocks of the disk are allocated for all new pages.
     *
     * @throws UnsupportedOperationException if this file has not been opened for writing so far
     * @throws UncheckedIOException if the disk has no space; then the size has not changed
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
     * @throws UncheckedIOException if the host reports an error
     */
    @Override
    public void punchHole(long position, long length) {
        checkWritable();
        super.punchHole(position, length);
    }

    @Override
    boolean resize(long newSize) {
        host.lock.lock();
        try {
            long oldSize = lengthLocked();
            if (newSize > oldSize) {
                host.io.extend(newSize);
            } else if (newSize < oldSize) {
                host.pages.cut(newSize);
                host.io.cut(newSize);
            }
            size = newSize;
            return newSize < oldSize;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot set the length of " + host.io, e);
        } finally {
            host.lock.unlock();
        }
    }

    @Override
    long extent() {
        host.lock.lock();
        try {
            return lengthLocked();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the length of " + host.io, e);
        } finally {
            host.lock.unlock();
        }
    }

    /** Zeroes page by page where pages are in use. */
    @Override
    void punch(long from, long to) {
        host.lock.lock();
        try {
            for (long at = from, next; at < to; at = next) {
                long index = at >>> Addresses.PAGE_SHIFT;
                next = Math.min(to, (index + 1) << Addresses.PAGE_SHIFT);
                if (host.pages.page(index) == null) {
                    Long used = host.pages.next(index);
                    next = used == null ? to : Math.min(to, used << Addresses.PAGE_SHIFT);
                    host.io.zero(at, next);
                } else {
                    host.pages.zero(at, next);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot punch a hole in " + host.io, e);
        } finally {
            host.lock.unlock();
        }
    }

    // ---- pages

    @Override
    @Nullable
    Page page(long index) {
        host.lock.lock();
        try {
            Page page = host.pages.page(index);
            if (page == null && isOpen()) {
                // read again: mapping a part that the file no longer has would make it long again
                long length = lengthLocked();
                page = index < Addresses.pages(length) ? host.pages.create(index, host.io, length) : null;
            }
            return page;
        } catch (IOException e) {
            return null; // as a page fault in Linux: the access ends with SIGBUS or EFAULT
        } finally {
            host.lock.unlock();
        }
    }

    @Override
    void lengthen(long index, Page page) {
        host.lock.lock();
        try {
            if (isOpen()) {
                host.pages.lengthen(index, page, host.io, lengthLocked());
            }
        } catch (IOException e) {
            // the page stays as it is, and the access beyond its end faults
        } finally {
            host.lock.unlock();
        }
    }

    @Override
    public String toString() {
        return host.io.toString();
    }
}

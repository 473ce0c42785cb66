package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A file in memory: a tmpfs file, POSIX shared memory, a memfd, a SysV segment, or shared anonymous memory.
 *
 * <p>A memory file has an identity but no path; {@link Tmpfs} can give it any number of names. A mapping of a SysV
 * segment is a shared mapping of the file that {@link #segment} returns. A SHM_RDONLY attachment is a shared mapping
 * through {@code open(Access.READ)}.
 *
 * <p>Untouched pages cost nothing.
 */
public final class MemoryFile extends MappableFile {

    private final String label;
    private final boolean isSegment;
    private final ReentrantLock lock = new ReentrantLock();

    private final TreeMap<Long, Page> pages = new TreeMap<>(); // guarded by lock

    private volatile long size; // written under the lock

    /**
     * Creates a file of zeroes.
     *
     * @param label the label of the file in dumps
     * @param size the size in bytes
     * @throws IllegalArgumentException if {@code size} is negative
     */
    public MemoryFile(String label, long size) {
        this(label, size, false);
    }

    private MemoryFile(String label, long size, boolean isSegment) {
        this.label = requireNonNull(label, "label");
        if (size < 0) {
            throw new IllegalArgumentException("size " + size + " is negative");
        }
        this.size = size;
        this.isSegment = isSegment;
    }

    /**
     * Creates a SysV segment of zeroes: shmget. It is like any other memory file, but {@link AddressSpace#remapTo} does
     * not move a mapping of it together with others.
     *
     * @param label the label of the segment in dumps
     * @param size the size in bytes
     * @return the segment
     * @throws IllegalArgumentException if {@code size} is negative
     */
    public static MemoryFile segment(String label, long size) {
        return new MemoryFile(label, size, true);
    }

    @Override
    boolean isSegment() {
        return isSegment;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    @Nullable
    Page page(long index) {
        lock.lock();
        try {
            return index >= Addresses.pages(size)
                    ? null
                    : pages.computeIfAbsent(index, i -> Page.ofFile(Page.zeroes()));
        } finally {
            lock.unlock();
        }
    }

    @Override
    boolean resize(long newSize) {
        lock.lock();
        try {
            long oldSize = size;
            long end = Math.min(oldSize, newSize);
            Iterator<Page> gone =
                    pages.tailMap(Addresses.pages(end), true).values().iterator();
            size = end; // first, so that no thread recreates a page that is discarded now
            boolean zeroed = false;
            try {
                zeroLocked(end, Addresses.pages(end) << Addresses.PAGE_SHIFT);
                zeroed = true;
            } finally {
                if (!zeroed) { // the last page could not be swapped in
                    size = oldSize;
                }
            }
            discardLocked(gone);
            // last: a thread that sees the new size may write beyond the old end, and must not lose that
            size = newSize;
            return newSize < oldSize;
        } finally {
            lock.unlock();
        }
    }

    @Override
    long extent() {
        long end = Addresses.pages(size) << Addresses.PAGE_SHIFT;
        return end < 0 ? Long.MAX_VALUE : end; // overflow: the last possible page ends beyond Long.MAX_VALUE
    }

    @Override
    void punch(long from, long to) {
        lock.lock();
        try {
            long firstWhole = Addresses.pages(from);
            long behindWhole = to >>> Addresses.PAGE_SHIFT;
            Iterator<Page> gone = pages.subMap(firstWhole, Math.max(firstWhole, behindWhole))
                    .values()
                    .iterator();
            zeroLocked(from, Math.min(to, firstWhole << Addresses.PAGE_SHIFT));
            zeroLocked(Math.max(from, behindWhole << Addresses.PAGE_SHIFT), to);
            discardLocked(gone);
        } finally {
            lock.unlock();
        }
    }

    @Override
    int pushOut(long from, long to, SwapStore store) {
        List<Page> range;
        lock.lock();
        try {
            range = List.copyOf(pages.subMap(from, to).values());
        } finally {
            lock.unlock();
        }
        return (int) range.stream().filter(page -> page.swapOut(store)).count();
    }

    /**
     * Discards pages and removes them from the map. Allocates nothing: if an error occurred between the two steps, page
     * faults would find the discarded page and retry without end.
     */
    private static void discardLocked(Iterator<Page> gone) {
        while (gone.hasNext()) {
            gone.next().discard();
            gone.remove();
        }
    }

    /** Zeroes bytes within one page, if it exists. */
    private void zeroLocked(long from, long to) {
        Page page = from < to ? pages.get(from >>> Addresses.PAGE_SHIFT) : null;
        if (page != null) {
            page.freeze();
            try {
                ByteBuffer bytes = requireNonNull(page.swapInFrozen()); // not discarded, since it is in the map
                Words.zero(bytes, Addresses.offset(from), Addresses.offset(to - 1) + 1);
            } finally {
                page.thaw();
            }
        }
    }

    @Override
    public String toString() {
        return label;
    }
}

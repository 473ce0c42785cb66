package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A file that lives in memory: tmpfs, POSIX shared memory, memfd, a SysV segment, shared anonymous memory.
 *
 * <p>It has an identity and no name: names are the business of {@link Tmpfs}, which may give it several or none. A SysV segment is
 * {@code new MemoryFile("segment 42", size)}; attaching it means to map it shared, and a SHM_RDONLY attachment is a shared mapping
 * through {@code open(Access.READ)}.
 *
 * <p>A page costs nothing before it is touched.
 */
public final class MemoryFile extends MappableFile {

    private final String label;
    private final ReentrantLock lock = new ReentrantLock();

    private final TreeMap<Long, Page> pages = new TreeMap<>(); // guarded by lock

    private volatile long size; // written under the lock

    /**
     * A new file of zeroes.
     *
     * @param label what dumps call it
     * @param size the size in bytes
     * @throws IllegalArgumentException if {@code size} is negative
     */
    public MemoryFile(String label, long size) {
        this.label = requireNonNull(label, "label");
        if (size < 0) {
            throw new IllegalArgumentException("size " + size + " is negative");
        }
        this.size = size;
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
            return index >= Mm.pages(size) ? null : pages.computeIfAbsent(index, i -> Page.ofFile(Page.zeroes()));
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
            Iterator<Page> gone = pages.tailMap(Mm.pages(end), true).values().iterator();
            size = end; // first, so that nobody finds a page anew that is taken away now
            boolean zeroed = false;
            try {
                zeroLocked(end, Mm.pages(end) << Mm.PAGE_SHIFT);
                zeroed = true;
            } finally {
                if (!zeroed) { // the last page cannot be brought in
                    size = oldSize;
                }
            }
            discardLocked(gone);
            size = newSize; // last, so that what is written behind the former end by who sees the new one is not zeroed
            return newSize < oldSize;
        } finally {
            lock.unlock();
        }
    }

    @Override
    long extent() {
        long end = Mm.pages(size) << Mm.PAGE_SHIFT;
        return end < 0 ? Long.MAX_VALUE : end; // the last page of all reaches beyond the last position
    }

    @Override
    void punch(long from, long to) {
        lock.lock();
        try {
            long firstWhole = Mm.pages(from);
            long behindWhole = to >>> Mm.PAGE_SHIFT;
            Iterator<Page> gone = pages.subMap(firstWhole, Math.max(firstWhole, behindWhole))
                    .values()
                    .iterator();
            zeroLocked(from, Math.min(to, firstWhole << Mm.PAGE_SHIFT));
            zeroLocked(Math.max(from, behindWhole << Mm.PAGE_SHIFT), to);
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

    /** Allocates nothing: a page that is discarded and still in the map would be asked for again and again. */
    private static void discardLocked(Iterator<Page> gone) {
        while (gone.hasNext()) {
            gone.next().discard();
            gone.remove();
        }
    }

    /** Zeroes bytes within one page, if it exists. */
    private void zeroLocked(long from, long to) {
        Page page = from < to ? pages.get(from >>> Mm.PAGE_SHIFT) : null;
        if (page != null) {
            page.freeze();
            try {
                ByteBuffer bytes = requireNonNull(page.swapInFrozen()); // not discarded: it is in the map
                Words.zero(bytes, Mm.offset(from), Mm.offset(to - 1) + 1);
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

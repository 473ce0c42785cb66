package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The mapped chunks of a host file, and the pages that show parts of them. */
final class HostChunks extends HostPages {

    private static final int CHUNK_SHIFT = 24;
    private static final long CHUNK = 1L << CHUNK_SHIFT;

    private final TreeMap<Long, HostMapping> chunks = new TreeMap<>();
    private final TreeMap<Long, HostPage> pages = new TreeMap<>();

    /** The pages that consisted of zeroes when they were first used. The disk may have no blocks for them. */
    private final TreeSet<Long> unbacked = new TreeSet<>();

    @Override
    @Nullable
    HostPage page(long index) {
        return pages.get(index);
    }

    private Map<Long, HostPage> pages(long from, long to) {
        return pages.subMap(from, Math.max(from, to));
    }

    @Override
    @Nullable
    HostPage create(long index, HostIo io, long size) throws IOException {
        if (io.isWritable() && !isBacked(index, io)) {
            return null;
        }
        HostPage page = new HostPage(bytes(index, io, size));
        pages.put(index, page);
        return page;
    }

    /**
     * Returns whether the disk has a block for a page, or certainly has enough for all pages that may have none. A
     * write to a page for which the disk has no block ends the JVM.
     */
    private boolean isBacked(long index, HostIo io) throws IOException {
        if (!isZero(index, io)) {
            return true;
        }
        unbacked.add(index);
        boolean backed = io.hasSpaceFor(unbacked.size());
        if (!backed) {
            for (Iterator<Long> all = unbacked.iterator(); all.hasNext(); ) {
                if (!isZero(all.next(), io)) {
                    all.remove(); // it has been written, so it has a block
                }
            }
            backed = io.hasSpaceFor(unbacked.size());
        }
        if (!backed) {
            unbacked.remove(index);
        }
        return backed;
    }

    private static boolean isZero(long index, HostIo io) throws IOException {
        return io.isZero(index << Addresses.PAGE_SHIFT, Addresses.PAGE_SIZE);
    }

    @Override
    void lengthen(long index, Page page, HostIo io, long size) throws IOException {
        long end = size - (index << Addresses.PAGE_SHIFT);
        if (page instanceof HostPage shown && shown == pages.get(index) && end > 0) {
            if (!shown.reaches((int) Math.min(Addresses.PAGE_SIZE, end))) {
                shown.show(bytes(index, io, size));
            }
        }
    }

    /** Returns the bytes of a page up to the end of the file, and maps its chunk if necessary. */
    private ByteBuffer bytes(long index, HostIo io, long size) throws IOException {
        long start = index << Addresses.PAGE_SHIFT;
        long chunkStart = start & -CHUNK;
        int length = (int) Math.min(Addresses.PAGE_SIZE, size - start);
        HostMapping chunk = chunks.get(chunkStart);
        if (chunk == null || chunk.bytes.capacity() < start - chunkStart + length) {
            HostMapping longer = io.map(chunkStart, Math.min(CHUNK, size - chunkStart));
            replace(chunkStart, chunk, longer);
            chunk = longer;
        }
        return slice(chunk, start - chunkStart, length);
    }

    /** Replaces a chunk, moves its pages to the new one and unmaps the old one: the host limits the mappings. */
    private void replace(long chunkStart, @Nullable HostMapping before, HostMapping after) {
        chunks.put(chunkStart, after);
        long end = chunkStart + after.bytes.capacity();
        for (Map.Entry<Long, HostPage> used :
                pages(chunkStart >>> Addresses.PAGE_SHIFT, Addresses.pages(end)).entrySet()) {
            long start = used.getKey() << Addresses.PAGE_SHIFT;
            int length = (int) Math.min(Addresses.PAGE_SIZE, end - start);
            used.getValue().show(slice(after, start - chunkStart, length));
        }
        if (before != null) {
            // pages beyond the end of the new chunk: another program has shortened the file
            discard(pages.subMap(Addresses.pages(end), (chunkStart + CHUNK) >>> Addresses.PAGE_SHIFT));
            before.unmap();
        }
    }

    private static ByteBuffer slice(HostMapping chunk, long from, int length) {
        return chunk.bytes.slice((int) from, length);
    }

    /** Maps all chunks anew. */
    @Override
    void becomeWritable(HostIo io, long size) throws IOException {
        for (long start : List.copyOf(chunks.keySet())) {
            HostMapping before = requireNonNull(chunks.get(start));
            if (start < size) {
                replace(start, before, io.map(start, Math.min(CHUNK, size - start)));
            } else { // another program has shortened the file
                discard(pages(start >>> Addresses.PAGE_SHIFT, (start + CHUNK) >>> Addresses.PAGE_SHIFT));
                chunks.remove(start);
                before.unmap();
            }
        }
    }

    @Override
    void cut(long size) {
        discard(pages.tailMap(Addresses.pages(size), true));
        unbacked.tailSet(Addresses.pages(size), true).clear();
        HostPage last = pages.get(size >>> Addresses.PAGE_SHIFT);
        HostMapping chunk = chunks.get(size & -CHUNK);
        int end = Addresses.offset(size);
        if (last != null && chunk != null && last.reaches(end + 1)) {
            last.show(slice(chunk, (size & -Addresses.PAGE_SIZE) & (CHUNK - 1), end));
        }
        Map<Long, HostMapping> gone = chunks.tailMap(size, true);
        gone.values().forEach(HostMapping::unmap);
        gone.clear();
    }

    @Override
    @Nullable
    Long next(long index) {
        return pages.ceilingKey(index);
    }

    @Override
    void zero(long from, long to) {
        HostPage page = requireNonNull(pages.get(from >>> Addresses.PAGE_SHIFT));
        page.freeze();
        try {
            if (page.isShown()) {
                ByteBuffer bytes = page.bytesWithin();
                Words.zero(bytes, Addresses.offset(from), Math.min(Addresses.offset(to - 1) + 1, bytes.capacity()));
            }
        } finally {
            page.thaw();
        }
    }

    @Override
    void sync(HostIo io) throws IOException {
        io.force();
    }

    @Override
    void clear() {
        unbacked.clear();
        discard(pages);
        chunks.values().forEach(HostMapping::unmap);
        chunks.clear();
    }

    @Override
    void clearUnreachable() {
        chunks.values().forEach(HostMapping::unmapUnreachable);
    }

    private static void discard(Map<Long, HostPage> gone) {
        gone.values().forEach(HostPage::discard);
        gone.clear();
    }
}

package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Copies of a host file's pages, which are written back to the file by positioned writes. */
final class HostCopies extends HostPages {

    /** A copy, and the bytes that the file had when it was last read or written. */
    @SuppressWarnings("ArrayRecordComponent") // copies are never compared
    private record Copy(Page page, byte[] saved) {}

    private final TreeMap<Long, Copy> copies = new TreeMap<>();

    @Override
    @Nullable
    Page page(long index) {
        Copy copy = copies.get(index);
        return copy == null ? null : copy.page;
    }

    @Override
    Page create(long index, HostIo io, long size) throws IOException {
        byte[] saved = new byte[Addresses.PAGE_SIZE];
        io.read(index << Addresses.PAGE_SHIFT, saved, Addresses.PAGE_SIZE);
        ByteBuffer bytes = Page.zeroes();
        bytes.put(0, saved);
        Page page = new Page(bytes, false, false);
        copies.put(index, new Copy(page, saved));
        return page;
    }

    @Override
    void lengthen(long index, Page page, HostIo io, long size) {} // a copy is a whole page from the start

    @Override
    void becomeWritable(HostIo io, long size) {} // copies always are

    @Override
    void cut(long size) {
        Map<Long, Copy> gone = copies.tailMap(Addresses.pages(size), true);
        gone.values().forEach(copy -> copy.page.discard());
        gone.clear();
        Copy last = copies.get(size >>> Addresses.PAGE_SHIFT);
        if (last != null) {
            zero(last, Addresses.offset(size), Addresses.PAGE_SIZE);
        }
    }

    @Override
    @Nullable
    Long next(long index) {
        return copies.ceilingKey(index);
    }

    @Override
    void zero(long from, long to) {
        zero(
                requireNonNull(copies.get(from >>> Addresses.PAGE_SHIFT)),
                Addresses.offset(from),
                Addresses.offset(to - 1) + 1);
    }

    private static void zero(Copy copy, int from, int to) {
        copy.page.freeze();
        try {
            Words.zero(copy.page.bytesWithin(), from, to);
        } finally {
            copy.page.thaw();
        }
    }

    /** Writes the bytes that have changed, and no others: another program may have changed those. */
    @Override
    void sync(HostIo io) throws IOException {
        if (!io.isWritable()) {
            return;
        }
        byte[] now = new byte[Addresses.PAGE_SIZE];
        for (Map.Entry<Long, Copy> entry : copies.entrySet()) {
            long start = entry.getKey() << Addresses.PAGE_SHIFT;
            Copy copy = entry.getValue();
            // the file does not become longer: another program may have shortened it
            int length = (int) Math.min(Addresses.PAGE_SIZE, Math.max(io.length() - start, 0));
            ByteBuffer bytes = requireNonNull(copy.page.bytes());
            bytes.get(0, now);
            for (int i = 0, end; i < length; i = end) {
                end = i + 1;
                if (now[i] != copy.saved[i]) {
                    while (end < length && now[end] != copy.saved[end]) {
                        end++;
                    }
                    io.write(start + i, ByteBuffer.wrap(now, i, end - i));
                    System.arraycopy(now, i, copy.saved, i, end - i);
                }
            }
        }
    }

    @Override
    void clear() {
        copies.values().forEach(copy -> copy.page.discard());
        copies.clear();
    }

    @Override
    void clearUnreachable() {}
}

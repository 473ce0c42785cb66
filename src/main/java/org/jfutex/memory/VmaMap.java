package org.jfutex.memory;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All VMAs of an address space in order, and the range that is closed to faults at present. Immutable. */
final class VmaMap {

    /*
     * The map has two levels: a sorted list of chunks, each with up to 128 sorted VMAs. A change rebuilds the chunks
     * that it touches and the list of chunks. So with 100,000 VMAs it copies a few thousand references. A lookup reads
     * one volatile field (in Mm) and does two binary searches in arrays of longs.
     */

    private static final int MAX_CHUNK = 128;
    private static final int GOOD_CHUNK = 64;

    static final VmaMap EMPTY = new VmaMap(new long[0], new Chunk[0], 0, 0, null);

    private final long[] firsts; // the first start of each chunk
    private final Chunk[] chunks;
    private final long closedFrom;
    private final long closedTo;
    private final @Nullable VmaMap open; // this map without a closed range; null if this map has none

    private static final class Chunk {
        final long[] starts;
        final Vma[] vmas;
        final long widestGap; // between two VMAs of this chunk

        Chunk(List<Vma> list) {
            vmas = list.toArray(Vma[]::new);
            starts = new long[vmas.length];
            long gap = 0;
            for (int i = 0; i < vmas.length; i++) {
                starts[i] = vmas[i].start();
                gap = i == 0 ? 0 : Math.max(gap, starts[i] - vmas[i - 1].end());
            }
            widestGap = gap;
        }

        Vma last() {
            return vmas[vmas.length - 1];
        }

        /** Adds the VMAs that start in a range to a list. */
        void addIf(List<Vma> list, long from, long to) {
            for (int i = 0; i < vmas.length; i++) {
                if (starts[i] >= from && starts[i] < to) {
                    list.add(vmas[i]);
                }
            }
        }
    }

    private VmaMap(long[] firsts, Chunk[] chunks, long closedFrom, long closedTo, @Nullable VmaMap open) {
        this.firsts = firsts;
        this.chunks = chunks;
        this.closedFrom = closedFrom;
        this.closedTo = closedTo;
        this.open = open;
    }

    // ---- closing

    VmaMap closed(long from, long to) {
        return new VmaMap(firsts, chunks, from, to, open());
    }

    /**
     * Returns this map without a closed range. Allocates nothing, since it is called after an OutOfMemoryError, too.
     */
    VmaMap open() {
        return open == null ? this : open;
    }

    boolean isAnythingClosed() {
        return closedFrom < closedTo;
    }

    boolean isClosed(long address) {
        return address >= closedFrom && address < closedTo;
    }

    // ---- lookup

    /** Returns the index of the last start at or below an address; -1 if there is none. */
    private static int floor(long[] starts, long address) {
        int low = -1;
        for (int high = starts.length - 1; low < high; ) {
            int middle = (low + high + 1) >>> 1;
            if (starts[middle] <= address) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** Returns the last VMA that starts at or below an address. */
    private @Nullable Vma floor(long address) {
        int c = floor(firsts, address);
        return c < 0 ? null : chunks[c].vmas[floor(chunks[c].starts, address)];
    }

    /** Returns the VMA that contains an address. */
    @Nullable
    Vma find(long address) {
        Vma vma = floor(address);
        return vma != null && address < vma.end() ? vma : null;
    }

    /** Returns the first VMA that ends above an address: find_vma. */
    @Nullable
    Vma next(long address) {
        int c = floor(firsts, address);
        if (c < 0) {
            return chunks.length == 0 ? null : chunks[0].vmas[0];
        }
        Chunk chunk = chunks[c];
        int i = floor(chunk.starts, address);
        if (address < chunk.vmas[i].end()) {
            return chunk.vmas[i];
        }
        if (i + 1 < chunk.vmas.length) {
            return chunk.vmas[i + 1];
        }
        return c + 1 < chunks.length ? chunks[c + 1].vmas[0] : null;
    }

    /** Returns the last VMA that starts below an address. */
    @Nullable
    Vma before(long address) {
        return floor(address - 1);
    }

    /** Returns the VMAs that overlap a range, without clipping them. */
    List<Vma> overlapping(long from, long to) {
        List<Vma> found = new ArrayList<>();
        for (int c = Math.max(0, floor(firsts, from)); c < chunks.length && firsts[c] < to; c++) {
            for (Vma vma : chunks[c].vmas) {
                if (vma.end() > from && vma.start() < to) {
                    found.add(vma);
                }
            }
        }
        return found;
    }

    // ---- files

    /** Returns whether this map has the same VMAs as another one from which it was made by closing or opening. */
    boolean hasVmasOf(VmaMap other) {
        return chunks == other.chunks;
    }

    /** Returns the mapped files of the VMAs that this map has and another one has not, a file once for each VMA. */
    List<MappableFile> filesNotIn(VmaMap other) {
        List<MappableFile> files = new ArrayList<>();
        int first = 0;
        int shorter = Math.min(chunks.length, other.chunks.length);
        while (first < shorter && chunks[first] == other.chunks[first]) {
            first++;
        }
        int behind = chunks.length;
        for (int o = other.chunks.length;
                behind > first && o > first && chunks[behind - 1] == other.chunks[o - 1];
                o--) {
            behind--;
        }
        for (int c = first; c < behind; c++) {
            for (Vma vma : chunks[c].vmas) {
                MappableFile file = vma.file();
                if (file != null) {
                    files.add(file);
                }
            }
        }
        return files;
    }

    boolean isFree(long from, long to) {
        Vma vma = next(from);
        return vma == null || vma.start() >= to;
    }

    /**
     * Searches for the highest free range of a length below a limit.
     *
     * @return the start of the range; -1 if there is none
     */
    long gapBelow(long limit, long length, long lowest) {
        long high = limit;
        for (int c = chunks.length - 1; c >= 0; c--) {
            Chunk chunk = chunks[c];
            if (high - Math.max(lowest, chunk.last().end()) >= length) {
                return high - length;
            }
            for (int i = chunk.vmas.length - 1; i > 0 && chunk.widestGap >= length; i--) {
                high = Math.min(high, Stack.keptFree(chunk.vmas[i]));
                if (high - Math.max(lowest, chunk.vmas[i - 1].end()) >= length) {
                    return high - length;
                }
            }
            high = Math.min(high, Stack.keptFree(chunk.vmas[0]));
        }
        return high - lowest >= length ? high - length : -1;
    }

    // ---- changes

    /**
     * Returns this map with the VMAs of a range replaced by others, in order, within that range. Merges adjacent VMAs.
     */
    VmaMap with(long from, long to, List<Vma> middle) {
        List<Vma> pieces = new ArrayList<>();
        Vma left = before(from);
        Vma right = next(to - 1);
        if (right != null && right.end() <= to) {
            right = next(to);
        }
        if (left != null) {
            merge(pieces, left.clip(left.start(), Math.min(left.end(), from)));
        }
        middle.forEach(vma -> merge(pieces, vma));
        if (right != null) {
            merge(pieces, right.clip(Math.max(right.start(), to), right.end()));
        }
        return replace(left != null ? left.start() : from, right != null ? right.end() : to, pieces);
    }

    private static void merge(List<Vma> pieces, Vma vma) {
        int last = pieces.size() - 1;
        if (last >= 0 && pieces.get(last).continuesInto(vma)) {
            Vma left = pieces.get(last);
            pieces.set(last, left.at(left.start(), vma.end(), left.pgoff()));
        } else {
            pieces.add(vma);
        }
    }

    /** Replaces all VMAs that start in a range. No VMA may start before the range and overlap it. */
    private VmaMap replace(long from, long to, List<Vma> pieces) {
        int first = Math.max(0, floor(firsts, from));
        int behind = Math.max(first, floor(firsts, to - 1) + 1);
        List<Vma> list = new ArrayList<>();
        for (int c = first; c < behind; c++) {
            chunks[c].addIf(list, Long.MIN_VALUE, from);
        }
        list.addAll(pieces);
        for (int c = first; c < behind; c++) {
            chunks[c].addIf(list, to, Long.MAX_VALUE);
        }
        if (list.size() < GOOD_CHUNK / 2 && behind < chunks.length) {
            chunks[behind++].addIf(list, Long.MIN_VALUE, Long.MAX_VALUE); // merge a small chunk with its neighbour
        }
        return rebuilt(first, behind, list);
    }

    private VmaMap rebuilt(int first, int behind, List<Vma> list) {
        int parts = list.size() <= MAX_CHUNK ? Math.min(1, list.size()) : list.size() / GOOD_CHUNK;
        int length = chunks.length - (behind - first) + parts;
        Chunk[] newChunks = new Chunk[length];
        long[] newFirsts = new long[length];
        System.arraycopy(chunks, 0, newChunks, 0, first);
        System.arraycopy(firsts, 0, newFirsts, 0, first);
        for (int p = 0; p < parts; p++) {
            Chunk chunk = new Chunk(
                    list.subList((int) ((long) list.size() * p / parts), (int) ((long) list.size() * (p + 1) / parts)));
            newChunks[first + p] = chunk;
            newFirsts[first + p] = chunk.starts[0];
        }
        System.arraycopy(chunks, behind, newChunks, first + parts, chunks.length - behind);
        System.arraycopy(firsts, behind, newFirsts, first + parts, chunks.length - behind);
        VmaMap changed = new VmaMap(newFirsts, newChunks, 0, 0, null);
        return isAnythingClosed() ? changed.closed(closedFrom, closedTo) : changed;
    }
}

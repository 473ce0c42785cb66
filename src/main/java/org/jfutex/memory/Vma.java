package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One stretch of an address space that is mapped in one way: a line of {@code /proc/PID/maps}.
 *
 * @param start the first address, a multiple of the page size
 * @param end the address behind the last, a multiple of the page size
 * @param protection what it allows
 * @param sharing whether writes are shared
 * @param growsDown whether an access just below extends it, as a stack
 * @param file what is mapped; null if it is private anonymous memory
 * @param pgoff the page of the file at {@code start}; 0 without a file
 */
public record Vma(
        long start,
        long end,
        Protection protection,
        Sharing sharing,
        boolean growsDown,
        @Nullable MappableFile file,
        long pgoff) {

    /** Refuses what is missing. */
    public Vma {
        requireNonNull(protection, "protection");
        requireNonNull(sharing, "sharing");
    }

    /**
     * Where an address lies in the file.
     *
     * @param address an address of this VMA
     * @return the page of the file, "pgoff + ((uaddr - vm_start) &gt;&gt; PAGE_SHIFT)"
     */
    public long pageOf(long address) {
        return pgoff + ((address - start) >>> Mm.PAGE_SHIFT);
    }

    /** The part of this between two addresses, which must lie in it or at its ends. */
    Vma clip(long from, long to) {
        return from <= start && to >= end
                ? this
                : at(Math.max(from, start), Math.min(to, end), file == null ? 0 : pageOf(Math.max(from, start)));
    }

    /** The same kind of mapping at another place. */
    Vma at(long newStart, long newEnd, long newPgoff) {
        return new Vma(newStart, newEnd, protection, sharing, growsDown, file, newPgoff);
    }

    Vma with(Protection other) {
        return new Vma(start, end, other, sharing, growsDown, file, pgoff);
    }

    boolean mayWrite() {
        return sharing != Sharing.SHARED_READ_ONLY;
    }

    /** Whether the two are neighbours and could be one. */
    boolean continuesInto(Vma next) {
        return end == next.start
                && protection == next.protection
                && sharing == next.sharing
                && growsDown == next.growsDown
                && Objects.equals(file, next.file)
                && (file == null || pageOf(end) == next.pgoff);
    }

    @Override
    public String toString() {
        return Long.toHexString(start) + "-" + Long.toHexString(end) + " "
                + (protection.readable() ? "r" : "-") + (protection.writable() ? "w" : "-")
                + (sharing == Sharing.PRIVATE ? "p" : "s")
                + (file == null ? (growsDown ? " stack" : " anonymous") : " page " + pgoff + " of " + file);
    }
}

package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A virtual memory area: a range of an address space that is mapped in one way, like a line of {@code /proc/PID/maps}.
 *
 * @param start the first address, a multiple of the page size
 * @param end the address after the last, a multiple of the page size
 * @param protection the permitted accesses
 * @param sharing whether writes are shared
 * @param growsDown whether this is a stack, which an access just below extends
 * @param file the mapped file; null for private anonymous memory
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

    /** Creates a VMA; rejects a null protection or sharing. */
    public Vma {
        requireNonNull(protection, "protection");
        requireNonNull(sharing, "sharing");
    }

    /**
     * Returns the page of the file at an address.
     *
     * @param address an address of this VMA
     * @return the page of the file, "pgoff + ((uaddr - vm_start) &gt;&gt; PAGE_SHIFT)"
     */
    public long pageOf(long address) {
        return pgoff + ((address - start) >>> Addresses.PAGE_SHIFT);
    }

    /** Returns the part of this VMA that lies between two addresses. */
    Vma clip(long from, long to) {
        return from <= start && to >= end
                ? this
                : at(Math.max(from, start), Math.min(to, end), file == null ? 0 : pageOf(Math.max(from, start)));
    }

    /** Returns a VMA of this kind at another range. */
    Vma at(long newStart, long newEnd, long newPgoff) {
        return new Vma(newStart, newEnd, protection, sharing, growsDown, file, newPgoff);
    }

    Vma with(Protection other) {
        return new Vma(start, end, other, sharing, growsDown, file, pgoff);
    }

    boolean mayWrite() {
        return sharing != Sharing.SHARED_READ_ONLY;
    }

    /** Returns whether the next VMA begins where this one ends and both can be merged. */
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

package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * What to map, how and where: the arguments of mmap. Immutable; each method returns a changed copy.
 *
 * <p>Unless changed it is private, readable and writable, at an address of the space's choice.
 *
 * <pre>{@code
 * space.map(MapRequest.anonymous(8192));
 * space.map(MapRequest.file(descriptor, 1, 4096).shared().at(0x10000));
 * }</pre>
 */
public final class MapRequest {

    /** What an address means. */
    enum Placement {
        ANYWHERE,
        HINT,
        FIXED,
        FIXED_NO_REPLACE
    }

    final long length;
    final @Nullable OpenFile file;
    final long pgoff;
    final Protection protection;
    final boolean shared;
    final boolean growsDown;
    final Placement placement;
    final long address;

    private MapRequest(
            long length,
            @Nullable OpenFile file,
            long pgoff,
            Protection protection,
            boolean shared,
            boolean growsDown,
            Placement placement,
            long address) {
        this.length = length;
        this.file = file;
        this.pgoff = pgoff;
        this.protection = protection;
        this.shared = shared;
        this.growsDown = growsDown;
        this.placement = placement;
        this.address = address;
    }

    /**
     * Memory without a file: MAP_ANONYMOUS. {@link #shared() Shared}, it is an object of its own that forked children share, as a
     * shared mapping of {@code /dev/zero} is.
     *
     * @param length how many bytes, rounded up to whole pages
     * @return the request
     */
    public static MapRequest anonymous(long length) {
        return new MapRequest(length, null, 0, Protection.READ_WRITE, false, false, Placement.ANYWHERE, 0);
    }

    /**
     * A part of a file.
     *
     * @param file the open file
     * @param pgoff the first page of it, in units of 4096 bytes
     * @param length how many bytes, rounded up to whole pages; may reach beyond the end of the file
     * @return the request
     */
    public static MapRequest file(OpenFile file, long pgoff, long length) {
        requireNonNull(file, "file");
        return new MapRequest(length, file, pgoff, Protection.READ_WRITE, false, false, Placement.ANYWHERE, 0);
    }

    /**
     * Shared: MAP_SHARED.
     *
     * @return the changed request
     */
    public MapRequest shared() {
        return new MapRequest(length, file, pgoff, protection, true, growsDown, placement, address);
    }

    /**
     * With a protection.
     *
     * @param other what the mapping allows
     * @return the changed request
     */
    public MapRequest protection(Protection other) {
        requireNonNull(other, "protection");
        return new MapRequest(length, file, pgoff, other, shared, growsDown, placement, address);
    }

    /**
     * A stack: MAP_GROWSDOWN. An access below it, with nothing mapped between, extends it.
     *
     * @return the changed request
     */
    public MapRequest growingDown() {
        return new MapRequest(length, file, pgoff, protection, shared, true, placement, address);
    }

    /**
     * At an address if it is free, else elsewhere.
     *
     * @param hint the address, rounded down to a page, or up to the lowest that is for everybody (mmap_min_addr, 0x10000); in page 0
     *     it is none
     * @return the changed request
     */
    public MapRequest near(long hint) {
        return new MapRequest(length, file, pgoff, protection, shared, growsDown, Placement.HINT, hint);
    }

    /**
     * At an address, in place of whatever is mapped there: MAP_FIXED.
     *
     * @param fixed the address, a multiple of the page size
     * @return the changed request
     */
    public MapRequest at(long fixed) {
        return new MapRequest(length, file, pgoff, protection, shared, growsDown, Placement.FIXED, fixed);
    }

    /**
     * At an address if it is free, else not at all: MAP_FIXED_NOREPLACE.
     *
     * @param fixed the address, a multiple of the page size
     * @return the changed request
     */
    public MapRequest atFree(long fixed) {
        return new MapRequest(length, file, pgoff, protection, shared, growsDown, Placement.FIXED_NO_REPLACE, fixed);
    }
}

package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * The arguments of mmap: file, range, protection and placement of a mapping. Immutable; each method returns a changed
 * copy.
 *
 * <p>By default, a mapping is private, readable and writable, and the space chooses its address.
 *
 * <pre>{@code
 * space.map(MapRequest.anonymous(8192));
 * space.map(MapRequest.file(descriptor, 1, 4096).shared().at(0x10000));
 * }</pre>
 */
public final class MapRequest {

    /** The meaning of the requested address. */
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
     * Returns a request for memory without a file: MAP_ANONYMOUS. If it is {@link #shared() shared}, it is a new object
     * that forked children share, like a shared mapping of {@code /dev/zero}.
     *
     * @param length the length in bytes, rounded up to whole pages
     * @return the request
     */
    public static MapRequest anonymous(long length) {
        return new MapRequest(length, null, 0, Protection.READ_WRITE, false, false, Placement.ANYWHERE, 0);
    }

    /**
     * Returns a request for a part of a file.
     *
     * @param file the open file
     * @param pgoff the first page of the part, in units of 4096 bytes
     * @param length the length in bytes, rounded up to whole pages; the part may extend beyond the end of the file
     * @return the request
     */
    public static MapRequest file(OpenFile file, long pgoff, long length) {
        requireNonNull(file, "file");
        return new MapRequest(length, file, pgoff, Protection.READ_WRITE, false, false, Placement.ANYWHERE, 0);
    }

    /**
     * Returns a request for a shared mapping: MAP_SHARED.
     *
     * @return the changed request
     */
    public MapRequest shared() {
        return new MapRequest(length, file, pgoff, protection, true, growsDown, placement, address);
    }

    /**
     * Returns a request with another protection.
     *
     * @param other the protection of the mapping
     * @return the changed request
     */
    public MapRequest protection(Protection other) {
        requireNonNull(other, "protection");
        return new MapRequest(length, file, pgoff, other, shared, growsDown, placement, address);
    }

    /**
     * Returns a request for a stack: MAP_GROWSDOWN. If no mapping lies between, an access below the stack extends it.
     *
     * @return the changed request
     */
    public MapRequest growingDown() {
        return new MapRequest(length, file, pgoff, protection, shared, true, placement, address);
    }

    /**
     * Returns a request for an address if it is free, else for any address.
     *
     * @param hint the address, rounded down to a page, and up to at least 0x10000 (mmap_min_addr); a hint in page 0 is
     *     ignored
     * @return the changed request
     */
    public MapRequest near(long hint) {
        return new MapRequest(length, file, pgoff, protection, shared, growsDown, Placement.HINT, hint);
    }

    /**
     * Returns a request for a fixed address that replaces the mappings there: MAP_FIXED.
     *
     * @param fixed the address, a multiple of the page size
     * @return the changed request
     */
    public MapRequest at(long fixed) {
        return new MapRequest(length, file, pgoff, protection, shared, growsDown, Placement.FIXED, fixed);
    }

    /**
     * Returns a request for a fixed address that fails if the address is not free: MAP_FIXED_NOREPLACE.
     *
     * @param fixed the address, a multiple of the page size
     * @return the changed request
     */
    public MapRequest atFree(long fixed) {
        return new MapRequest(length, file, pgoff, protection, shared, growsDown, Placement.FIXED_NO_REPLACE, fixed);
    }
}

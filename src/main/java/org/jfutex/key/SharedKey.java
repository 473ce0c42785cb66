package org.jfutex.key;

import static java.util.Objects.requireNonNull;

/**
 * The key that a shared operation uses for a word of a shared mapping: the mapped object and the position in it.
 *
 * <p>So a word has one key through all mappings of its file, at any address and in any address space.
 *
 * <p>Source: Jamie Lokier's mail of 2 September 2003, "(file, pgoff + ((uaddr - vm_start) &gt;&gt; PAGE_SHIFT), offset
 * in page)".
 *
 * @param object the mapped object, compared by identity: the inode, not the path and not the descriptor
 * @param pgoff the page of the object, in units of {@value #PAGE_SIZE} bytes, from 0 to 2<sup>51</sup> - 1
 * @param offset the offset in that page, in bytes, from 0 to {@value #PAGE_SIZE} - 1
 */
public record SharedKey(MappedObject object, long pgoff, int offset) implements FutexKey {

    /** The unit of {@link #pgoff}, in bytes. */
    public static final int PAGE_SIZE = 4096;

    /**
     * Creates a key; rejects a null object and values outside the ranges.
     *
     * @throws IllegalArgumentException if {@code pgoff} or {@code offset} is out of range
     */
    public SharedKey {
        requireNonNull(object, "object");
        if (pgoff < 0 || pgoff > Long.MAX_VALUE / PAGE_SIZE) {
            throw new IllegalArgumentException("pgoff " + pgoff + " is not a page of an object");
        }
        if (offset < 0 || offset >= PAGE_SIZE) {
            throw new IllegalArgumentException("offset " + offset + " is not within a page of " + PAGE_SIZE + " bytes");
        }
    }

    /**
     * Returns the key of a byte position.
     *
     * @param object the mapped object
     * @param position the position in it, in bytes, not negative
     * @return the key
     * @throws IllegalArgumentException if {@code position} is negative
     */
    public static SharedKey at(MappedObject object, long position) {
        if (position < 0) {
            throw new IllegalArgumentException("position " + position + " is negative");
        }
        return new SharedKey(object, position / PAGE_SIZE, (int) (position % PAGE_SIZE));
    }

    /**
     * Returns the position of the word in the object.
     *
     * @return the position in bytes from the object's start
     */
    public long position() {
        return pgoff * PAGE_SIZE + offset;
    }

    /**
     * Computes the hash of a byte position's key without allocating the key.
     *
     * @param object the mapped object
     * @param position the position in it, in bytes
     * @return the value of {@link #hash()} for that key
     */
    public static long hash(MappedObject object, long position) {
        return Hash.of(Hash.SHARED, object.seed(), position);
    }

    @Override
    public long hash() {
        return hash(object, position());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SharedKey that && object == that.object && pgoff == that.pgoff && offset == that.offset;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(hash());
    }

    @Override
    public String toString() {
        return "shared page " + pgoff + " offset 0x" + Integer.toHexString(offset) + " of " + object;
    }
}

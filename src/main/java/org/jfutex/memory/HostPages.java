package org.jfutex.memory;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The pages of a host file that have been used: {@link HostChunks} maps them, {@link HostCopies} copies them. Not
 * thread-safe.
 */
abstract sealed class HostPages permits HostChunks, HostCopies {

    /** Returns a page if it exists. */
    abstract @Nullable Page page(long index);

    /** Creates a page of a file that has a length. Returns null if its words could not be written to the disk. */
    abstract @Nullable Page create(long index, HostIo io, long size) throws IOException;

    /** Extends the bytes of a page to those that the file has by now. */
    abstract void lengthen(long index, Page page, HostIo io, long size) throws IOException;

    /** Makes the pages writable, after the file has been opened for writing. */
    abstract void becomeWritable(HostIo io, long size) throws IOException;

    /** Takes the bytes beyond a new end away, before the file becomes shorter. */
    abstract void cut(long size);

    /** Returns the first page at or behind an index that exists. */
    abstract @Nullable Long next(long index);

    /** Zeroes a range within one page that exists. */
    abstract void zero(long from, long to);

    /** Writes what is not in the file yet. */
    abstract void sync(HostIo io) throws IOException;

    /** Takes all pages away. No page table refers to them any more. */
    abstract void clear();

    /** Gives back what the garbage collector would not, when the file is unreachable. */
    abstract void clearUnreachable();
}

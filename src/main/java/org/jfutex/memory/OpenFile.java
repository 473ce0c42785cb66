package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import org.jfutex.key.Access;

/**
 * A descriptor: a file, opened for reading or for writing as well.
 *
 * <p>Any number of descriptors lead to one file, and mappings outlive the descriptor through which they were made.
 */
public final class OpenFile implements AutoCloseable {

    private final MappableFile file;
    private final Access access;
    private volatile boolean closed;

    OpenFile(MappableFile file, Access access) {
        this.file = file;
        this.access = requireNonNull(access, "access");
    }

    /**
     * The file, the same instance for all its descriptors.
     *
     * @return the file
     */
    public MappableFile file() {
        return file;
    }

    /**
     * What it was opened for.
     *
     * @return {@link Access#READ} for O_RDONLY, {@link Access#WRITE} for O_RDWR
     */
    public Access access() {
        return access;
    }

    /** Nothing can be mapped through this descriptor any more; what is mapped stays. */
    @Override
    public void close() {
        closed = true;
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public String toString() {
        return (access == Access.READ ? "read-only " : "") + file;
    }
}

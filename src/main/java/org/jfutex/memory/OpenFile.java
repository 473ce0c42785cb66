package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jfutex.key.Access;

/**
 * A file descriptor: a file that was opened for reading, or for reading and writing.
 *
 * <p>A file can have any number of descriptors. A mapping outlives the descriptor through which it was made.
 */
public final class OpenFile implements AutoCloseable {

    private final MappableFile file;
    private final Access access;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Creates a descriptor, which takes over the caller's reference to the file. */
    OpenFile(MappableFile file, Access access) {
        this.file = file;
        this.access = requireNonNull(access, "access");
    }

    /**
     * Returns the file; all descriptors of a file return one instance.
     *
     * @return the file
     */
    public MappableFile file() {
        return file;
    }

    /**
     * Returns the access for which the file was opened.
     *
     * @return {@link Access#READ} for O_RDONLY, {@link Access#WRITE} for O_RDWR
     */
    public Access access() {
        return access;
    }

    /**
     * Closes this descriptor, so that no further mapping can be made through it. Existing mappings stay. If there are
     * none, and this was the last descriptor of a {@link HostFile}, the host's descriptors are closed.
     */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            file.release();
        }
    }

    boolean isClosed() {
        return closed.get();
    }

    @Override
    public String toString() {
        return (access == Access.READ ? "read-only " : "") + file;
    }
}

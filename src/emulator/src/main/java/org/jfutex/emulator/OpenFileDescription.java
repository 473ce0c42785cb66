package org.jfutex.emulator;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jfutex.linux.Errno;
import org.jfutex.memory.OpenFile;
import org.jspecify.annotations.Nullable;

/** An open file of the guest. Descriptors of several processes may refer to it; the last one to close closes it. */
abstract class OpenFileDescription {

    private int users; // guarded by this

    /** The status flags of open and fcntl. */
    volatile int flags;

    OpenFileDescription(int flags) {
        this.flags = flags;
    }

    synchronized void enter() {
        users++;
    }

    void leave() {
        synchronized (this) {
            if (--users > 0) {
                return;
            }
        }
        close();
    }

    final boolean isReadable() {
        return (flags & 3) != 1;
    }

    final boolean isWritable() {
        return (flags & 3) != 0;
    }

    final boolean isNonBlocking() {
        return (flags & 0x800) != 0;
    }

    /**
     * Reads bytes.
     *
     * @param position the position in the file, or -1 for the present one, which then advances
     * @return how many bytes were read; 0 at the end of the file
     */
    abstract int read(ByteBuffer target, long position) throws IOException, InterruptedException;

    /** Writes bytes and returns how many were written. For the position see {@link #read}. */
    abstract int write(ByteBuffer source, long position) throws IOException, InterruptedException;

    /** Sets the position relative to the start, the present position or the end, and returns it. */
    long seek(long offset, int whence) throws IOException {
        throw new SystemCallException(SystemErrno.ESPIPE);
    }

    /** Sets the size. */
    void truncate(long size) throws IOException {
        throw new SystemCallException(Errno.EINVAL);
    }

    long size() throws IOException {
        return 0;
    }

    /** Returns the file that mmap maps, null if this is no such file. */
    @Nullable
    OpenFile mappable() {
        return null;
    }

    /** Returns the type of the file, as in st_mode. */
    int type() {
        return 0020000; // a character device
    }

    void close() {}
}

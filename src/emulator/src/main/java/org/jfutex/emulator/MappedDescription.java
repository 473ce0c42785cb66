package org.jfutex.emulator;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jfutex.key.Access;
import org.jfutex.linux.Errno;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.HostFile;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.OpenFile;
import org.jspecify.annotations.Nullable;

/** An open file that can be mapped: a file in memory, or a file of the host. */
final class MappedDescription extends OpenFileDescription {

    private static final int APPEND = 0x400;
    private static final int PAGE = 4096;

    /** What is read and written, by mapping it for a moment. */
    private static final AddressSpace WINDOW = new AddressSpace();

    private final OpenFile file;
    private final @Nullable RandomAccessFile host; // null for a file in memory
    private long position; // guarded by this

    private MappedDescription(OpenFile file, @Nullable RandomAccessFile host, int flags) {
        super(flags);
        this.file = file;
        this.host = host;
    }

    static MappedDescription inMemory(OpenFile file, int flags) {
        return new MappedDescription(file, null, flags);
    }

    static MappedDescription onHost(Path path, int flags) throws IOException {
        boolean writes = (flags & 3) != 0;
        OpenFile file = HostFile.open(path, writes ? Access.WRITE : Access.READ);
        return new MappedDescription(file, new RandomAccessFile(path.toFile(), writes ? "rw" : "r"), flags);
    }

    @Override
    synchronized int read(ByteBuffer target, long at) throws IOException {
        long from = at < 0 ? position : at;
        int length = (int) Math.min(target.remaining(), Math.max(0, size() - from));
        if (length > 0) {
            transfer(from, target.slice(target.position(), length), false);
            target.position(target.position() + length);
            position = at < 0 ? from + length : position;
        }
        return length;
    }

    @Override
    synchronized int write(ByteBuffer source, long at) throws IOException {
        long from = (flags & APPEND) != 0 ? size() : at < 0 ? position : at;
        int length = source.remaining();
        if (host == null && from + length > size()) {
            file.file().truncate(from + length);
        }
        transfer(from, source, true);
        position = at < 0 ? from + length : position;
        return length;
    }

    private void transfer(long from, ByteBuffer bytes, boolean writes) throws IOException {
        if (host != null) {
            host.seek(from);
            byte[] copy = new byte[bytes.remaining()];
            if (writes) {
                bytes.get(copy);
                host.write(copy);
            } else {
                host.readFully(copy);
                bytes.put(copy);
            }
            return;
        }
        long page = from / PAGE;
        long length = from % PAGE + bytes.remaining();
        long address = WINDOW.map(
                MapRequest.file(file.file().open(Access.WRITE), page, length).shared());
        try {
            if (writes) {
                WINDOW.write(address + from % PAGE, bytes);
            } else {
                WINDOW.read(address + from % PAGE, bytes);
            }
        } finally {
            WINDOW.unmap(address, length);
        }
    }

    @Override
    synchronized long seek(long offset, int whence) throws IOException {
        long base = whence == 0 ? 0 : whence == 1 ? position : size();
        if (whence > 2 || base + offset < 0) {
            throw new SystemCallException(Errno.EINVAL);
        }
        position = base + offset;
        return position;
    }

    @Override
    void truncate(long size) {
        if (!isWritable()) {
            throw new SystemCallException(Errno.EINVAL);
        }
        file.file().truncate(size);
    }

    @Override
    long size() throws IOException {
        return host != null ? host.length() : file.file().size();
    }

    @Override
    OpenFile mappable() {
        return file;
    }

    @Override
    int type() {
        return 0100000; // a regular file
    }

    @Override
    void close() {
        file.close();
        try {
            if (host != null) {
                host.close();
            }
        } catch (IOException e) {
            // a guest that closes a file cannot do anything about it
        }
    }
}

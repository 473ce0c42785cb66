package org.jfutex.emulator;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jfutex.key.Access;
import org.jfutex.linux.Errno;
import org.jfutex.memory.MemoryFile;
import org.jfutex.memory.OpenFile;

/** System calls of files, as far as programs that test threads need them. */
final class FileCalls {

    private static final int CLOSE_ON_EXEC = 0x8_0000;
    private static final int LONGEST = 1 << 20; // of one transfer; a longer one is a short read or write

    private final FileNames names;

    FileCalls(Machine machine) {
        this.names = machine.names;
    }

    private static String path(GuestThread thread, long address) {
        return thread.memory().loadString(address);
    }

    long open(GuestThread thread, long path, int flags) throws IOException {
        OpenFileDescription opened = names.open(thread, path(thread, path), flags);
        return thread.process.files.add(opened, 0, (flags & CLOSE_ON_EXEC) != 0);
    }

    long memfd(GuestThread thread, long name, int flags) {
        OpenFile file = new MemoryFile("memfd:" + path(thread, name), 0).open(Access.WRITE);
        return thread.process.files.add(MappedDescription.inMemory(file, 2), 0, (flags & 1) != 0);
    }

    long pipe(GuestThread thread, long address, int flags) {
        Pipe pipe = new Pipe(flags & 0x800);
        boolean closeOnExec = (flags & CLOSE_ON_EXEC) != 0;
        int reader = thread.process.files.add(pipe.reader, 0, closeOnExec);
        int writer = thread.process.files.add(pipe.writer, 0, closeOnExec);
        thread.memory()
                .write(
                        address,
                        ProgramMemory.buffer(8).putInt(reader).putInt(writer).flip());
        return 0;
    }

    /** A transfer between a file and a buffer of the emulator. */
    private interface Transfer {
        int run() throws IOException, InterruptedException;
    }

    private static long transfer(GuestThread thread, Transfer transfer) throws IOException {
        IOException[] failure = new IOException[1];
        long result = thread.sleep(true, () -> {
            try {
                return transfer.run();
            } catch (IOException e) {
                failure[0] = e;
                return 0;
            }
        });
        if (failure[0] != null) {
            throw failure[0];
        }
        return result;
    }

    long read(GuestThread thread, int fd, long address, long length, long position) throws IOException {
        OpenFileDescription file = thread.process.files.get(fd);
        if (!file.isReadable()) {
            return -Errno.EBADF;
        }
        ByteBuffer bytes = ProgramMemory.buffer((int) Math.min(length, LONGEST));
        long result = transfer(thread, () -> file.read(bytes, position));
        thread.memory().write(address, bytes.flip());
        return result;
    }

    long write(GuestThread thread, int fd, long address, long length, long position) throws IOException {
        OpenFileDescription file = thread.process.files.get(fd);
        if (!file.isWritable()) {
            return -Errno.EBADF;
        }
        ByteBuffer bytes = thread.memory().read(address, (int) Math.min(length, LONGEST));
        try {
            long result = transfer(thread, () -> file.write(bytes, position));
            return result == -Errno.EINTR && bytes.position() > 0 ? bytes.position() : result;
        } catch (SystemCallException e) {
            if (e.errno == SystemErrno.EPIPE) {
                thread.process.signals.send(SignalInfo.fromKernel(SignalInfo.SIGPIPE), thread);
            }
            throw e;
        }
    }

    long readVector(GuestThread thread, int fd, long vector, int count) throws IOException {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            ByteBuffer part = thread.memory().read(vector + 16L * i, 16);
            long length = part.getLong(8);
            long now = length == 0 ? 0 : read(thread, fd, part.getLong(0), length, -1);
            if (now < 0) {
                return sum > 0 ? sum : now;
            }
            sum += now;
            if (now < length) {
                break;
            }
        }
        return sum;
    }

    long writeVector(GuestThread thread, int fd, long vector, int count) throws IOException {
        long length = 0;
        for (int i = 0; i < count; i++) {
            length += thread.memory().loadLong(vector + 16L * i + 8);
        }
        ByteBuffer bytes = ProgramMemory.buffer((int) Math.min(length, LONGEST));
        for (int i = 0; i < count && bytes.hasRemaining(); i++) {
            ByteBuffer part = thread.memory().read(vector + 16L * i, 16);
            int size = (int) Math.min(part.getLong(8), bytes.remaining());
            bytes.put(thread.memory().read(part.getLong(0), size));
        }
        bytes.flip();
        OpenFileDescription file = thread.process.files.get(fd);
        return file.isWritable() ? transfer(thread, () -> file.write(bytes, -1)) : -Errno.EBADF;
    }

    long seek(GuestThread thread, int fd, long offset, int whence) throws IOException {
        return thread.process.files.get(fd).seek(offset, whence);
    }

    long ftruncate(GuestThread thread, int fd, long size) throws IOException {
        thread.process.files.get(fd).truncate(size);
        return 0;
    }

    long fcntl(GuestThread thread, int fd, int command, long argument) {
        FileTable files = thread.process.files;
        OpenFileDescription file = files.get(fd);
        switch (command) {
            case 0, 1030 -> { // F_DUPFD, F_DUPFD_CLOEXEC
                return files.duplicate(fd, (int) argument, command != 0);
            }
            case 1 -> { // F_GETFD
                return files.closesOnExec(fd) ? 1 : 0;
            }
            case 2 -> files.setCloseOnExec(fd, (argument & 1) != 0); // F_SETFD
            case 3 -> { // F_GETFL
                return file.flags;
            }
            case 4 -> file.flags = (file.flags & 3) | ((int) argument & ~3); // F_SETFL
            default -> {
                return -Errno.EINVAL;
            }
        }
        return 0;
    }

    long unlink(GuestThread thread, long path) throws IOException {
        names.unlink(thread, path(thread, path));
        return 0;
    }

    long link(GuestThread thread, long existing, long name) throws IOException {
        names.link(thread, path(thread, existing), path(thread, name));
        return 0;
    }

    long access(GuestThread thread, long path) {
        return names.exists(thread, path(thread, path)) ? 0 : -SystemErrno.ENOENT;
    }

    long getcwd(GuestThread thread, long address, long size) {
        byte[] bytes = (Path.of("").toAbsolutePath() + "\0").getBytes(StandardCharsets.UTF_8);
        if (bytes.length > size) {
            return -SystemErrno.ERANGE;
        }
        thread.memory().write(address, ByteBuffer.wrap(bytes));
        return bytes.length;
    }

    long readlink(GuestThread thread, long pathAddress, long address, long size) throws IOException {
        Path target = names.hostPath(thread, path(thread, pathAddress));
        boolean isProgram = target.equals(thread.process.executable);
        if ((!isProgram && !Files.isSymbolicLink(target)) || size <= 0) {
            return -Errno.EINVAL;
        }
        Path found = isProgram ? target : Files.readSymbolicLink(target);
        byte[] bytes = found.toString().getBytes(StandardCharsets.UTF_8);
        int length = (int) Math.min(bytes.length, size);
        thread.memory().write(address, ByteBuffer.wrap(bytes, 0, length));
        return length;
    }

    long fstat(GuestThread thread, int fd, long address) throws IOException {
        OpenFileDescription file = thread.process.files.get(fd);
        OpenFile mappable = file.mappable();
        long inode = mappable == null ? 1 : mappable.file().seed() >>> 1; // one number for all openings of a file
        storeStat(thread, address, inode, file.type() | 0666, file.size());
        return 0;
    }

    long stat(GuestThread thread, int directory, long pathAddress, long address) throws IOException {
        String path = path(thread, pathAddress);
        if (path.isEmpty()) {
            return fstat(thread, directory, address);
        }
        if (!names.exists(thread, path)) {
            return -SystemErrno.ENOENT;
        }
        if (Files.isDirectory(Path.of(path))) {
            storeStat(thread, address, 1, 0040777, 4096);
            return 0;
        }
        OpenFileDescription file = names.open(thread, path, 0);
        OpenFile mappable = file.mappable();
        storeStat(
                thread, address, mappable == null ? 1 : mappable.file().seed() >>> 1, file.type() | 0666, file.size());
        file.close();
        return 0;
    }

    private static void storeStat(GuestThread thread, long address, long inode, int mode, long size) {
        ByteBuffer stat = ProgramMemory.buffer(128);
        stat.putLong(0, 1).putLong(8, inode).putInt(16, mode).putInt(20, 1);
        stat.putLong(48, size).putInt(56, 4096).putLong(64, (size + 511) / 512);
        thread.memory().write(address, stat);
    }
}

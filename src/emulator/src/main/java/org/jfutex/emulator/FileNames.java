package org.jfutex.emulator;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jfutex.key.Access;
import org.jfutex.memory.OpenFile;
import org.jfutex.memory.Tmpfs;
import org.jspecify.annotations.Nullable;

/**
 * What the names of files mean: /dev/shm is a folder of the library's in memory, where POSIX shared memory and named
 * semaphores live; /dev/null and /dev/zero are devices; every other name is a file of the host. The guest may do with
 * these what the JVM may do.
 */
final class FileNames {

    private static final String SHARED_MEMORY = "/dev/shm/";

    private static final int CREATE = 0x40;
    private static final int EXCLUSIVE = 0x80;
    private static final int TRUNCATE = 0x200;

    private final Tmpfs tmpfs = new Tmpfs();

    private static @Nullable String nameInMemory(String path) {
        return path.startsWith(SHARED_MEMORY) ? path.substring(SHARED_MEMORY.length()) : null;
    }

    /** Returns the host's path of a guest's path. */
    Path hostPath(GuestThread thread, String path) {
        Path executable = thread.process.executable;
        return path.equals("/proc/self/exe") && executable != null
                ? executable
                : Path.of(path).toAbsolutePath();
    }

    OpenFileDescription open(GuestThread thread, String path, int flags) throws IOException {
        boolean writes = (flags & 3) != 0;
        if (path.equals("/dev/null")) {
            return new StreamDescription(InputStream.nullInputStream(), OutputStream.nullOutputStream());
        }
        if (path.equals("/dev/zero")) {
            return new StreamDescription(new Zeroes(), OutputStream.nullOutputStream());
        }
        if (path.startsWith("/proc/") && !writes) { // these files have no size
            byte[] content = path.matches("/proc/\\d{1,9}/stat")
                    ? state(thread, path.split("/")[2])
                    : Files.readAllBytes(hostPath(thread, path));
            return new StreamDescription(new ByteArrayInputStream(content), OutputStream.nullOutputStream());
        }
        String name = nameInMemory(path);
        OpenFileDescription opened;
        if (name != null) {
            opened = MappedDescription.inMemory(openInMemory(name, flags), flags);
        } else {
            Path file = hostPath(thread, path);
            if ((flags & CREATE) != 0) {
                create(file, (flags & EXCLUSIVE) != 0);
            }
            if (!Files.exists(file)) {
                throw new NoSuchFileException(path);
            }
            if (!Files.isRegularFile(file)) {
                throw new SystemCallException(SystemErrno.EACCES);
            }
            opened = MappedDescription.onHost(file, flags);
        }
        if ((flags & TRUNCATE) != 0 && writes) {
            opened.truncate(0);
        }
        return opened;
    }

    /** Returns the first fields of /proc/N/stat: programs read whether the thread sleeps. */
    private static byte[] state(GuestThread caller, String tid) throws NoSuchFileException {
        GuestThread found = caller.machine.find(Integer.parseInt(tid));
        if (found == null) {
            throw new NoSuchFileException(tid);
        }
        char state = found.isSleeping() ? 'S' : 'R';
        return (tid + " (guest) " + state + " " + found.process.parentPid() + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    private static void create(Path file, boolean exclusive) throws IOException {
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException e) {
            if (exclusive) {
                throw e;
            }
        }
    }

    private OpenFile openInMemory(String name, int flags) throws IOException {
        while (true) {
            try {
                if ((flags & CREATE) != 0) {
                    return tmpfs.create(name);
                }
            } catch (FileAlreadyExistsException e) {
                if ((flags & EXCLUSIVE) != 0) {
                    throw e;
                }
            }
            try {
                return tmpfs.open(name, (flags & 3) != 0 ? Access.WRITE : Access.READ);
            } catch (NoSuchFileException e) {
                if ((flags & CREATE) == 0) {
                    throw e;
                } // otherwise the name was removed at this moment
            }
        }
    }

    void link(GuestThread thread, String existing, String name) throws IOException {
        String from = nameInMemory(existing);
        String to = nameInMemory(name);
        if (from != null && to != null) {
            tmpfs.link(from, to);
        } else if (from == null && to == null) {
            Files.createLink(hostPath(thread, name), hostPath(thread, existing));
        } else {
            throw new SystemCallException(SystemErrno.EACCES);
        }
    }

    void unlink(GuestThread thread, String path) throws IOException {
        String name = nameInMemory(path);
        if (name != null) {
            tmpfs.unlink(name);
        } else {
            Files.delete(hostPath(thread, path));
        }
    }

    /** Returns whether a name exists. */
    boolean exists(GuestThread thread, String path) {
        String name = nameInMemory(path);
        if (name == null) {
            return Files.exists(hostPath(thread, path));
        }
        try {
            tmpfs.open(name, Access.READ).close();
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static final class Zeroes extends InputStream {

        @Override
        public int read() {
            return 0;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            Arrays.fill(bytes, offset, offset + length, (byte) 0);
            return length;
        }
    }
}

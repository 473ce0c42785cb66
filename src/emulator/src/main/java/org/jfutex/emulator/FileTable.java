package org.jfutex.emulator;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jfutex.linux.Errno;

/** The file descriptors of a process. */
final class FileTable {

    private static final int LIMIT = 1024;
    private static final int CLOSE_ON_EXEC = 0x8_0000;

    private record Entry(OpenFileDescription file, boolean closeOnExec) {}

    private final Map<Integer, Entry> entries = new HashMap<>(); // guarded by this

    /** Returns a table with standard input, output and error. */
    static FileTable standard(Machine machine) {
        FileTable table = new FileTable();
        table.add(new StreamDescription(machine.in, OutputStream.nullOutputStream()), 0, false);
        table.add(new StreamDescription(InputStream.nullInputStream(), machine.out), 0, false);
        table.add(new StreamDescription(InputStream.nullInputStream(), machine.err), 0, false);
        return table;
    }

    /** Returns a copy for a forked child: other descriptors of the same open files. */
    synchronized FileTable fork() {
        FileTable child = new FileTable();
        child.entries.putAll(entries);
        entries.values().forEach(entry -> entry.file.enter());
        return child;
    }

    /** Returns an open file. */
    synchronized OpenFileDescription get(int fd) {
        return entry(fd).file;
    }

    private Entry entry(int fd) {
        Entry found = entries.get(fd);
        if (found == null) {
            throw new SystemCallException(Errno.EBADF);
        }
        return found;
    }

    /** Adds an open file under the lowest free descriptor that is not below {@code lowest}. */
    synchronized int add(OpenFileDescription file, int lowest, boolean closeOnExec) {
        int fd = lowest;
        while (entries.containsKey(fd)) {
            fd++;
        }
        if (fd >= LIMIT) {
            throw new SystemCallException(Errno.EMFILE);
        }
        file.enter();
        entries.put(fd, new Entry(file, closeOnExec));
        return fd;
    }

    synchronized int duplicate(int fd, int lowest, boolean closeOnExec) {
        return add(get(fd), lowest, closeOnExec);
    }

    int duplicateTo(int fd, int target, int flags) {
        Entry before;
        synchronized (this) {
            OpenFileDescription file = get(fd);
            if (target < 0 || target >= LIMIT || fd == target) {
                throw new SystemCallException(fd == target ? Errno.EINVAL : Errno.EBADF);
            }
            file.enter();
            before = entries.put(target, new Entry(file, (flags & CLOSE_ON_EXEC) != 0));
        }
        if (before != null) {
            before.file.leave();
        }
        return target;
    }

    synchronized boolean closesOnExec(int fd) {
        return entry(fd).closeOnExec;
    }

    synchronized void setCloseOnExec(int fd, boolean now) {
        entries.put(fd, new Entry(get(fd), now));
    }

    int close(int fd) {
        Entry gone;
        synchronized (this) {
            gone = entry(fd);
            entries.remove(fd);
        }
        gone.file.leave();
        return 0;
    }

    void closeForExec() {
        closeAll(false);
    }

    void closeAll() {
        closeAll(true);
    }

    private void closeAll(boolean every) {
        List<Integer> gone;
        synchronized (this) {
            gone = entries.entrySet().stream()
                    .filter(entry -> every || entry.getValue().closeOnExec)
                    .map(Map.Entry::getKey)
                    .toList();
        }
        gone.forEach(this::close);
    }
}

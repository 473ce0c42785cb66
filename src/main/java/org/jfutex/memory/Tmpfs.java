package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.ConcurrentHashMap;
import org.jfutex.key.Access;

/**
 * A flat folder of {@link MemoryFile}s, as {@code /dev/shm} is: it gives files names.
 *
 * <p>A file may have several names, and it lives on without any while it is open or mapped. A name that is free again leads to a new
 * file with a new identity.
 */
public final class Tmpfs {

    private final ConcurrentHashMap<String, MemoryFile> files = new ConcurrentHashMap<>();

    /** An empty folder. */
    public Tmpfs() {}

    /**
     * Creates an empty file: shm_open with O_CREAT and O_EXCL.
     *
     * @param name its name
     * @return a descriptor that can write
     * @throws FileAlreadyExistsException if the name is taken
     */
    public OpenFile create(String name) throws FileAlreadyExistsException {
        requireNonNull(name, "name");
        MemoryFile file = new MemoryFile(name, 0);
        put(name, file);
        return file.open(Access.WRITE);
    }

    /**
     * Opens a file by one of its names.
     *
     * @param name the name
     * @param access what for
     * @return a new descriptor
     * @throws NoSuchFileException if there is no such name
     */
    public OpenFile open(String name, Access access) throws NoSuchFileException {
        requireNonNull(name, "name");
        requireNonNull(access, "access");
        return find(name).open(access);
    }

    /**
     * Gives a file another name: a hard link.
     *
     * @param existing a name that it has
     * @param name the further name
     * @throws NoSuchFileException if {@code existing} is no name
     * @throws FileAlreadyExistsException if {@code name} is taken
     */
    public void link(String existing, String name) throws NoSuchFileException, FileAlreadyExistsException {
        requireNonNull(existing, "existing");
        requireNonNull(name, "name");
        put(name, find(existing));
    }

    /**
     * Takes a name away; the file stays for those who have it open or mapped.
     *
     * @param name the name
     * @throws NoSuchFileException if there is no such name
     */
    public void unlink(String name) throws NoSuchFileException {
        requireNonNull(name, "name");
        if (files.remove(name) == null) {
            throw new NoSuchFileException(name);
        }
    }

    private MemoryFile find(String name) throws NoSuchFileException {
        MemoryFile file = files.get(name);
        if (file == null) {
            throw new NoSuchFileException(name);
        }
        return file;
    }

    private void put(String name, MemoryFile file) throws FileAlreadyExistsException {
        if (files.putIfAbsent(name, file) != null) {
            throw new FileAlreadyExistsException(name);
        }
    }
}

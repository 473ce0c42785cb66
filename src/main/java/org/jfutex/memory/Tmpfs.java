package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.ConcurrentHashMap;
import org.jfutex.key.Access;

/**
 * A flat folder of named {@link MemoryFile}s, like {@code /dev/shm}.
 *
 * <p>A file may have several names. A file without names exists as long as it is open or mapped. If a name is created
 * again, it refers to a new file with a new identity.
 */
public final class Tmpfs {

    private final ConcurrentHashMap<String, MemoryFile> files = new ConcurrentHashMap<>();

    /** Creates an empty folder. */
    public Tmpfs() {}

    /**
     * Creates an empty file: shm_open with O_CREAT and O_EXCL.
     *
     * @param name the name of the file
     * @return a descriptor for reading and writing
     * @throws FileAlreadyExistsException if the name exists
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
     * @param access {@link Access#READ} for O_RDONLY, {@link Access#WRITE} for O_RDWR
     * @return a new descriptor
     * @throws NoSuchFileException if the name does not exist
     */
    public OpenFile open(String name, Access access) throws NoSuchFileException {
        requireNonNull(name, "name");
        requireNonNull(access, "access");
        return find(name).open(access);
    }

    /**
     * Gives a file another name: a hard link.
     *
     * @param existing a present name of the file
     * @param name the additional name
     * @throws NoSuchFileException if {@code existing} does not exist
     * @throws FileAlreadyExistsException if {@code name} exists
     */
    public void link(String existing, String name) throws NoSuchFileException, FileAlreadyExistsException {
        requireNonNull(existing, "existing");
        requireNonNull(name, "name");
        put(name, find(existing));
    }

    /**
     * Removes a name; the file exists as long as it is open or mapped.
     *
     * @param name the name
     * @throws NoSuchFileException if the name does not exist
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

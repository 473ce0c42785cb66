package org.jfutex.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import org.jfutex.key.Access;
import org.jfutex.key.FutexMemory;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.HostFile;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.OpenFile;
import org.junit.jupiter.api.io.TempDir;

/**
 * Conformance of address spaces whose memory consists of host files: one file of its own, and files that others map,
 * too.
 */
class HostFileConformanceTest extends FutexConformance {

    @TempDir
    Path folder;

    private final ArrayDeque<Path> unused = new ArrayDeque<>();

    private int files;

    /**
     * Returns a file that no memory has used. The first open after a file has changed waits for a tick of the file
     * system's clock. So files are created in groups, each twice as large as all before it, and most are older.
     */
    private Path newFile() {
        if (unused.isEmpty()) {
            for (int end = 2 * files + 1; files < end; files++) {
                try {
                    unused.add(Files.write(folder.resolve("file" + files), new byte[8192]));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        return unused.remove();
    }

    private static OpenFile open(Path path) {
        try {
            return HostFile.open(path, Access.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected FutexMemory newMemory() {
        AddressSpace space = new AddressSpace();
        space.map(MapRequest.file(open(newFile()), 0, 8192).shared().at(base()));
        return space;
    }

    @Override
    public long base() {
        return 0x10000;
    }

    @Override
    public Long missingAddress() {
        return base() + 8192;
    }

    /**
     * Returns one word of a path that is opened twice: through mappings of different offsets, in two processes and in a
     * child.
     */
    @Override
    public List<Place> aliases() {
        Path path = newFile();
        OpenFile file = open(path);
        AddressSpace one = new AddressSpace();
        AddressSpace other = new AddressSpace();
        long whole = one.map(MapRequest.file(file, 0, 8192).shared());
        long second = one.map(MapRequest.file(file, 1, 4096).shared());
        long again = other.map(MapRequest.file(open(path), 1, 4096).shared());
        return List.of(
                new Place(one, whole + 4096 + 8),
                new Place(one, second + 8),
                new Place(other, again + 8),
                new Place(one.fork(), second + 8));
    }

    /** Returns words of two files at one address, and of two pages of a file. */
    @Override
    public List<Place> strangers() {
        OpenFile file = open(newFile());
        AddressSpace one = new AddressSpace();
        AddressSpace other = new AddressSpace();
        return List.of(
                new Place(one, one.map(MapRequest.file(file, 0, 4096).shared().at(base()))),
                new Place(
                        other,
                        other.map(MapRequest.file(open(newFile()), 0, 4096)
                                .shared()
                                .at(base()))),
                new Place(one, one.map(MapRequest.file(file, 1, 4096).shared())));
    }
}

package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jfutex.key.Access;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What other programs and a full disk do to host files, and what host files give back. */
class HostFileHazardTest {

    private static final int PAGE = 4096;
    private static final Path MAPS = Path.of("/proc/self/maps");
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    @TempDir
    Path folder = Path.of("");

    private Path path = Path.of("");
    private final AddressSpace space = new AddressSpace();

    @BeforeEach
    void create() throws Exception {
        path = folder.resolve("words");
        Files.write(path, new byte[3 * PAGE]);
    }

    private static MapRequest shared(OpenFile file, int pages) {
        return MapRequest.file(file, 0, (long) pages * PAGE).shared();
    }

    private int onDisk(int index) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(path))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt(index);
    }

    private static void resize(Path file, long size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            channel.truncate(size);
        }
    }

    // ---- giving back

    private long mappings() throws IOException {
        try (Stream<String> lines = Files.lines(MAPS)) {
            return lines.filter(line -> line.contains(path.toString())).count();
        }
    }

    private long descriptors() throws IOException {
        try (Stream<Path> all = Files.list(DESCRIPTORS)) {
            return all.filter(this::isOfFile).count();
        }
    }

    private boolean isOfFile(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).startsWith(path);
        } catch (IOException e) {
            return false; // closed since the listing
        }
    }

    @Test
    void lastReference_unmapsAndClosesAtOnce() throws Exception {
        assumeTrue(Files.exists(MAPS) && HostMapping.unmapsAtOnce());
        OpenFile file = HostFile.open(path, Access.WRITE);
        long at = space.map(shared(file, 3));
        AddressSpace other = new AddressSpace();
        long there = other.map(shared(file, 1));
        space.store(at, 1);
        other.getAndAdd(there, 1);
        assertEquals(1, mappings());
        file.close();
        file.close(); // a second close does not take the reference of a mapping
        space.protect(at + PAGE, PAGE, Protection.READ); // splits the VMA in three
        space.unmap(at, 2 * PAGE);
        other.unmap(there, PAGE);
        assertEquals(1, mappings(), "one page is still mapped");
        assertEquals(0, space.load(at + 2 * PAGE));
        AddressSpace child = space.fork();
        space.close();
        assertEquals(0, child.getAndAdd(at + 2 * PAGE, 3), "a child keeps the file");
        child.close();
        assertEquals(0, mappings());
        assertEquals(0, descriptors());
        assertEquals(2, onDisk(0));
        assertEquals(3, onDisk(2 * PAGE));
    }

    @Test
    void unmapping_keepsOpenFileWithoutMappings() throws Exception {
        assumeTrue(Files.exists(MAPS) && HostMapping.unmapsAtOnce());
        try (OpenFile file = HostFile.open(path, Access.WRITE)) {
            long at = space.map(shared(file, 3));
            space.store(at, 5);
            space.unmap(at, 3 * PAGE);
            assertEquals(0, mappings());
            file.file().truncate(PAGE);
            assertEquals(5, space.load(space.map(shared(file, 1))));
        }
    }

    @Test
    void closedFile_isNotOpenedOrMappedAgain() throws Exception {
        OpenFile file = HostFile.open(path, Access.WRITE);
        MappableFile closed = file.file();
        file.close();
        assertThrows(IllegalStateException.class, () -> closed.open(Access.READ));
        assertThrows(IllegalArgumentException.class, () -> space.map(shared(file, 1)));
        assertEquals(List.of(), space.vmas());
    }

    @Test
    void closedSpace_faultsAndMapsNothing() throws Exception {
        long at = space.map(MapRequest.anonymous(PAGE));
        space.store(at, 1);
        space.close();
        space.close();
        assertThrows(MemoryFaultException.class, () -> space.load(at));
        assertThrows(IllegalStateException.class, () -> space.map(MapRequest.anonymous(PAGE)));
        assertEquals(List.of(), space.vmas());
    }

    /** Loads must not use a mapping that is unmapped: without their announcement, this ends the JVM. */
    @Test
    void loads_raceWithUnmappingOfLastReference() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        long at = 0x10000;
        Thread loader = new Thread(() -> {
            while (!done.get()) {
                try {
                    space.load(at);
                    space.load(at + 8, WordSize.U16);
                    space.read(at + 16, ByteBuffer.allocate(64));
                } catch (MemoryFaultException e) {
                    Thread.onSpinWait();
                }
            }
        });
        loader.start();
        for (int i = 0; i < 500; i++) {
            try (OpenFile file = HostFile.open(path, Access.WRITE)) {
                space.map(shared(file, 1).at(at));
                space.store(at, i);
            }
            space.unmap(at, PAGE);
        }
        done.set(true);
        loader.join();
        assertEquals(499, onDisk(0));
    }

    // ---- other programs

    @Test
    void open_ofFileThatIsExchanged_showsTheFileOfItsKey() throws Exception {
        Path[] files = {folder.resolve("a"), folder.resolve("b")};
        for (int i = 0; i < 2; i++) {
            Files.write(files[i], new byte[] {(byte) i, 0, 0, 0});
        }
        Path link = folder.resolve("link");
        Files.createLink(link, files[0]);
        AtomicBoolean done = new AtomicBoolean();
        Thread renamer = new Thread(() -> {
            try {
                for (int i = 1; !done.get(); i++) {
                    Path next = Files.createLink(folder.resolve("next"), files[i % 2]);
                    Files.move(next, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                    if (i % 50 == 0) {
                        LockSupport.parkNanos(40_000_000); // otherwise no open would succeed
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        renamer.start();
        try {
            for (int opened = 0; opened < 30; ) {
                try (OpenFile seen = HostFile.open(link, Access.WRITE);
                        OpenFile first = HostFile.open(files[0], Access.READ)) {
                    int content = load(seen);
                    assertEquals(seen.file() == first.file() ? 0 : 1, content);
                    opened++;
                } catch (IOException e) {
                    assertTrue(String.valueOf(e.getMessage()).contains("replaced all the time"), () -> "" + e);
                }
            }
        } finally {
            done.set(true);
            renamer.join();
        }
    }

    private static int load(OpenFile file) {
        try (AddressSpace one = new AddressSpace()) {
            return one.load(one.map(shared(file, 1).protection(Protection.READ)));
        }
    }

    @Test
    void replacedFile_isAnotherObject() throws Exception {
        try (OpenFile before = HostFile.open(path, Access.READ)) {
            long at = space.map(shared(before, 1).protection(Protection.READ));
            Path next = Files.write(folder.resolve("next"), new byte[] {7, 0, 0, 0});
            Files.move(next, path, StandardCopyOption.REPLACE_EXISTING);
            try (OpenFile after = HostFile.open(path, Access.WRITE)) {
                assertFalse(before.file() == after.file());
                assertEquals(7, load(after));
                assertEquals(0, space.load(at));
            }
        }
    }

    @Test
    void open_ofFifoOrFolder_isRejectedAtOnce() throws Exception {
        assertThrows(IOException.class, () -> HostFile.open(folder, Access.READ));
        Path fifo = folder.resolve("fifo");
        assumeTrue(run(List.of("mkfifo", fifo.toString())) == 0, "this system has no FIFOs");
        assertThrows(IOException.class, () -> HostFile.open(fifo, Access.READ));
        assertThrows(IOException.class, () -> HostFile.openCopied(fifo, Access.WRITE));
        try (OpenFile file = HostFile.open(path, Access.READ)) {
            assertSame(Access.READ, file.access());
        }
    }

    /** A shared mapping longer than the file would make the file longer. */
    @Test
    void cutFile_isNotExtendedByLoad() throws Exception {
        for (boolean copied : new boolean[] {false, true}) {
            Files.write(path, new byte[16 * PAGE]);
            try (OpenFile file = open(copied, Access.WRITE);
                    AddressSpace mine = new AddressSpace()) {
                long at = mine.map(shared(file, 16));
                resize(path, PAGE);
                assertThrows(MemoryFaultException.class, () -> mine.load(at + PAGE));
                assertThrows(MemoryFaultException.class, () -> mine.compareAndExchange(at + 15 * PAGE, 0, 1));
                assertEquals(0, mine.getAndAdd(at, 1));
            }
            assertEquals(PAGE, Files.size(path));
            assertEquals(1, onDisk(0));
        }
    }

    private OpenFile open(boolean copied, Access access) throws IOException {
        return copied ? HostFile.openCopied(path, access) : HostFile.open(path, access);
    }

    @Test
    void copiedFile_survivesCutOfUsedPages_andKeepsForeignBytes() throws Exception {
        try (OpenFile file = HostFile.openCopied(path, Access.WRITE)) {
            assertThrows(IOException.class, () -> HostFile.open(path, Access.READ));
            long at = space.map(shared(file, 3));
            space.store(at, 1);
            space.store(at + 2 * PAGE, 2);
            try (FileChannel other = FileChannel.open(path, StandardOpenOption.WRITE)) {
                other.write(ByteBuffer.wrap(new byte[] {9}), 4);
            }
            resize(path, 2 * PAGE);
            assertEquals(2, space.getAndAdd(at + 2 * PAGE, 1));
            assertEquals(3, space.load(at + 2 * PAGE, WordSize.U16));
            file.file().sync();
            assertEquals(2 * PAGE, Files.size(path), "writing back does not extend the file");
            assertEquals(1, onDisk(0));
            assertEquals(9, onDisk(4), "a byte of another program is kept");
            space.store(at + 8, 4);
            space.unmap(at, 3 * PAGE);
            assertEquals(4, onDisk(8), "the end of the last mapping writes back");
        }
    }

    @Test
    void copiedFile_truncatesAndPunches() throws Exception {
        try (OpenFile file = HostFile.openCopied(path, Access.WRITE)) {
            long at = space.map(shared(file, 3));
            for (int word = 0; word < 3 * PAGE; word += 4) {
                space.store(at + word, -1);
            }
            file.file().punchHole(PAGE, 4);
            file.file().truncate(PAGE + 8);
            assertEquals(0, space.load(at + PAGE));
            assertEquals(-1, space.load(at + PAGE + 4));
            assertThrows(MemoryFaultException.class, () -> space.load(at + 2 * PAGE));
            file.file().truncate(3 * PAGE);
            assertEquals(0, space.load(at + PAGE + 8));
            assertEquals(0, space.load(at + 2 * PAGE));
            file.file().sync();
            assertEquals(-1, onDisk(PAGE + 4));
            assertEquals(0, onDisk(PAGE + 8));
        }
    }

    // ---- a full disk

    @Test
    void fullDisk_isErrorOfTruncate_andFaultOfHole() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(
                run(List.of("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk.toString())) == 0,
                "this user cannot mount a small disk");
        try {
            path = disk.resolve("sparse");
            try (FileChannel channel =
                    FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.allocate(1), 64 * PAGE - 1);
            }
            try (OpenFile file = HostFile.open(path, Access.WRITE);
                    AddressSpace mine = new AddressSpace()) {
                long at = mine.map(shared(file, 64));
                assertEquals(0, mine.compareAndExchange(at, 0, 1));
                UncheckedIOException full = assertThrows(
                        UncheckedIOException.class, () -> file.file().truncate(8L << 20));
                assertTrue(String.valueOf(full.getCause()).contains("space"), () -> "" + full.getCause());
                assertEquals(64 * PAGE, Files.size(path));
                fill(disk.resolve("filler"));
                assertThrows(MemoryFaultException.class, () -> mine.compareAndExchange(at + 4 * PAGE, 0, 1));
                assertThrows(MemoryFaultException.class, () -> mine.load(at + 5 * PAGE));
                assertEquals(1, mine.getAndAdd(at, 1));
                Files.delete(disk.resolve("filler"));
                assertEquals(0, mine.compareAndExchange(at + 4 * PAGE, 0, 1));
            }
        } finally {
            assertEquals(0, run(List.of("umount", disk.toString())));
        }
    }

    private static void fill(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ByteBuffer block = ByteBuffer.allocate(PAGE);
            while (true) {
                block.clear();
                channel.write(block);
            }
        } catch (IOException e) {
            assertTrue(Files.size(file) > PAGE); // the disk is full
        }
    }

    @Test
    void truncate_allocatesBlocks() throws Exception {
        try (OpenFile file = HostFile.open(path, Access.WRITE)) {
            file.file().truncate(1 << 20);
            Process du = new ProcessBuilder("du", "-k", path.toString()).start();
            String output = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assumeTrue(du.waitFor() == 0, "this system has no du");
            int size = Integer.parseInt(output.substring(0, output.indexOf('\t')));
            assertTrue(size >= 1024, output);
        } catch (IOException e) {
            assumeTrue(Files.exists(Path.of("/usr/bin/du")), "this system has no du");
            throw e;
        }
    }

    // ---- limits of the process

    /** A program that opens and maps many files, one after the other, without a garbage collection. */
    static final class ManyFiles {
        public static void main(String[] args) throws Exception {
            Path folder = Path.of(args[0]);
            for (int i = 0; i < 1_000; i++) {
                Path each = Files.write(folder.resolve("f" + i), new byte[PAGE]);
                try (AddressSpace space = new AddressSpace();
                        OpenFile file = HostFile.open(each, Access.WRITE)) {
                    space.store(space.map(shared(file, 1)), i);
                    long at = space.map(MapRequest.anonymous(PAGE));
                    space.store(at, i);
                }
                Files.delete(each);
            }
            if (HostFiles.count() != 0) {
                throw new IllegalStateException(HostFiles.count() + " files are registered");
            }
        }
    }

    @Test
    void manyFiles_stayBelowLimitsOfDescriptorsAndDirectMemory() throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "ulimit -n 256 && exec \"$@\"", "sh"));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:MaxDirectMemorySize=64m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                ManyFiles.class.getName(),
                folder.toString()));
        assumeTrue(Files.exists(Path.of("/bin/sh")));
        assertEquals(0, run(command));
    }

    private static int run(List<String> command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command).inheritIO().start();
            try {
                assertTrue(process.waitFor(5, TimeUnit.MINUTES));
                return process.exitValue();
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            return -1; // there is no such program
        }
    }
}

package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jfutex.key.Access;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.SharedKey;
import org.jfutex.key.WordSize;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests of host files. */
class HostFileTest {

    private static final int PAGE = 4096;
    private static final Path MAPS = Path.of("/proc/self/maps");

    @TempDir
    Path folder = Path.of("");

    private Path path = Path.of("");
    private final AddressSpace space = new AddressSpace();
    private final AddressSpace other = new AddressSpace();

    @BeforeEach
    void create() throws Exception {
        path = folder.resolve("words");
        Files.write(path, new byte[3 * PAGE]);
    }

    private static MapRequest shared(OpenFile file, int pages) {
        return MapRequest.file(file, 0, (long) pages * PAGE).shared();
    }

    private int onDisk(int index) throws Exception {
        return ByteBuffer.wrap(Files.readAllBytes(path))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt(index);
    }

    @Test
    void wordsAreSharedBySpacesAndWrittenToFile() throws Exception {
        long one;
        try (OpenFile file = HostFile.open(path, Access.WRITE)) {
            one = space.map(shared(file, 3));
        }
        Files.createLink(folder.resolve("link"), path);
        long two = other.map(shared(HostFile.open(folder.resolve("link"), Access.WRITE), 3));
        space.store(one + PAGE + 4, 17);
        assertEquals(17, other.getAndAdd(two + PAGE + 4, 1));
        assertEquals(18, space.load(one + PAGE + 4));
        assertEquals(space.sharedKey(one + 8, Access.READ), other.sharedKey(two + 8, Access.READ));
        space.unmap(one, 3 * PAGE);
        assertEquals(18, onDisk(PAGE + 4));
    }

    @Test
    void eachFileIsOneObject() throws Exception {
        OpenFile one = HostFile.open(path, Access.READ);
        assertSame(one.file(), HostFile.open(path, Access.WRITE).file());
        Path second = Files.write(folder.resolve("other"), new byte[PAGE]);
        assertNotSame(one.file(), HostFile.open(second, Access.WRITE).file());
        Files.delete(path);
        Files.write(path, new byte[PAGE]);
        assertNotSame(
                one.file(), HostFile.open(path, Access.WRITE).file(), "a new file with the path of a deleted one");
        assertThrows(NoSuchFileException.class, () -> HostFile.open(folder.resolve("missing"), Access.READ));
    }

    @Test
    void readOnlyMappingSeesWritesOfLaterDescriptor() throws Exception {
        OpenFile readOnly = HostFile.open(path, Access.READ);
        long seeing = space.map(shared(readOnly, 1).protection(Protection.READ));
        assertEquals(0, space.load(seeing));
        assertThrows(UnsupportedOperationException.class, () -> readOnly.file().open(Access.WRITE));
        long writing = other.map(shared(HostFile.open(path, Access.WRITE), 1));
        other.store(writing, 5);
        assertEquals(5, space.load(seeing));
        assertThrows(MemoryFaultException.class, () -> space.store(seeing, 6));
        assertEquals(space.sharedKey(seeing, Access.READ), other.sharedKey(writing, Access.READ));
    }

    @Test
    void privateMappingDoesNotChangeFile() throws Exception {
        long at = space.map(MapRequest.file(HostFile.open(path, Access.READ), 0, PAGE));
        space.store(at, 9);
        assertEquals(9, space.load(at));
        assertEquals(0, onDisk(0));
        assertEquals(0, space.swapOut(at, 0));
        assertEquals(1, space.swapOut(at, PAGE));
        assertEquals(9, space.load(at));
    }

    @Test
    void bytesBeyondEndFaultUntilFileIsExtended() throws Exception {
        Files.write(path, new byte[PAGE + 6]);
        OpenFile file = HostFile.open(path, Access.WRITE);
        long at = space.map(shared(file, 3));
        space.store(at + PAGE, 1);
        assertThrows(MemoryFaultException.class, () -> space.load(at + PAGE + 4));
        assertThrows(MemoryFaultException.class, () -> space.load(at + 2 * PAGE));
        space.write(at + PAGE + 4, ByteBuffer.wrap(new byte[] {7, 8}));
        assertEquals(PAGE + 6, Files.size(path), "mapping did not extend the file");
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), 2 * PAGE + 7);
        }
        assertEquals(0x0807, space.load(at + PAGE + 4));
        assertEquals(0, space.load(at + 2 * PAGE + 4));
        file.file().truncate(3 * PAGE);
        space.store(at + 3 * PAGE - 8, WordSize.U64, -1);
        assertEquals(-1, onDisk(3 * PAGE - 4));
    }

    @Test
    void truncate_ofUsedPages_takesThemAwayAndRegrowsAsZeroes() throws Exception {
        MappableFile file = HostFile.open(path, Access.WRITE).file();
        long at = space.map(shared(file.open(Access.WRITE), 3));
        for (int word = 0; word < 3 * PAGE; word += 4) {
            space.store(at + word, -1);
        }
        file.truncate(PAGE + 8);
        assertEquals(PAGE + 8, Files.size(path));
        assertEquals(-1, space.load(at + PAGE + 4));
        assertThrows(MemoryFaultException.class, () -> space.load(at + PAGE + 8));
        assertThrows(MemoryFaultException.class, () -> space.compareAndExchange(at + 2 * PAGE, 0, 1));
        file.truncate(3 * PAGE);
        assertEquals(-1, space.load(at + PAGE + 4));
        assertEquals(0, space.getAndAdd(at + PAGE + 8, 1));
        assertEquals(0, space.getAndAdd(at + 2 * PAGE, 1));
        assertEquals(1, onDisk(2 * PAGE));
    }

    @Test
    void holeReadsZeroes() throws Exception {
        MappableFile file = HostFile.open(path, Access.WRITE).file();
        long at = space.map(shared(file.open(Access.WRITE), 3));
        for (int word = 0; word < 3 * PAGE; word += 4) {
            space.store(at + word, -1);
        }
        file.punchHole(PAGE - 2, PAGE + 3);
        assertEquals(0x0000ffff, onDisk(PAGE - 4));
        assertEquals(0, space.load(at + PAGE));
        assertEquals(0xffffff00, onDisk(2 * PAGE));
    }

    @Test
    void punchHole_ofUnusedPages_createsNoPages() throws Exception {
        MappableFile file = HostFile.open(path, Access.WRITE).file();
        byte[] all = new byte[3 * PAGE];
        Arrays.fill(all, (byte) -1);
        Files.write(path, all);
        file.truncate(40L << 20);
        file.punchHole(PAGE - 4, 40L << 20);
        assertEquals(-1, onDisk(PAGE - 8));
        for (int word : new int[] {PAGE - 4, PAGE, 3 * PAGE - 4}) {
            assertEquals(0, onDisk(word));
        }
        file.truncate(PAGE);
        assertEquals(PAGE, Files.size(path));
    }

    @Test
    void readOnlyFileIsNeitherTruncatedNorPunched() throws Exception {
        MappableFile file = HostFile.open(path, Access.READ).file();
        assertThrows(UnsupportedOperationException.class, () -> file.truncate(PAGE));
        assertThrows(UnsupportedOperationException.class, () -> file.punchHole(0, PAGE));
        assertEquals(3 * PAGE, Files.size(path));
    }

    @Test
    void growingFileKeepsFewMappings() throws Exception {
        assumeTrue(Files.exists(MAPS));
        MappableFile file = HostFile.open(path, Access.WRITE).file();
        long at = space.map(
                MapRequest.file(file.open(Access.WRITE), 0, 100L * PAGE).shared());
        for (int p = 0; p < 100; p++) {
            file.truncate((p + 1L) * PAGE);
            space.store(at + (long) p * PAGE, p + 1);
        }
        SwapTest.collectUntil(() -> mappings() == 1);
        for (int p = 0; p < 100; p++) {
            assertEquals(p + 1, space.load(at + (long) p * PAGE));
        }
    }

    private long mappings() {
        try (Stream<String> lines = Files.lines(MAPS)) {
            return lines.filter(line -> line.endsWith(path.toString())).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void holeInLastPartialWordKeepsPrecedingBytes(@TempDir Path folder) throws Exception {
        Path small = folder.resolve("small");
        Files.writeString(small, "hello");
        HostFile.open(small, Access.WRITE).file().punchHole(4, 1);
        assertEquals("hell\0", Files.readString(small));
    }

    @Test
    void holeCoversBytesAppendedByAnotherProgram() throws Exception {
        MappableFile file = HostFile.open(path, Access.WRITE).file();
        byte[] more = new byte[PAGE];
        Arrays.fill(more, (byte) -1);
        Files.write(path, more, StandardOpenOption.APPEND);
        file.punchHole(3L * PAGE + 4, 4);
        assertEquals(-1, onDisk(3 * PAGE));
        assertEquals(0, onDisk(3 * PAGE + 4));
        assertEquals(-1, onDisk(3 * PAGE + 8));
    }

    @Test
    void holeKeepsConcurrentWritesOfAnotherProcess() throws Exception {
        MappableFile file = HostFile.open(path, Access.WRITE).file();
        FlatMemory process;
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            process = FlatMemory.shared(channel.map(FileChannel.MapMode.READ_WRITE, 0, PAGE));
        }
        AtomicInteger done = new AtomicInteger();
        Race.repeat(200_000, () -> file.punchHole(4, 4), () -> {
            process.getAndAdd(0, 1);
            done.incrementAndGet();
        });
        assertEquals(done.get(), process.load(0));
    }

    @Test
    void bulkReadStopsAtEndOfFile() throws Exception {
        Path small = folder.resolve("small");
        byte[] content = new byte[PAGE + 6];
        Arrays.fill(content, (byte) 7);
        Files.write(small, content);
        long at = space.map(shared(HostFile.open(small, Access.WRITE), 2));
        for (int size : new int[] {8, 2 * PAGE}) {
            ByteBuffer got = ByteBuffer.allocate(size);
            long from = at + PAGE + 6 - Math.min(size - 2, PAGE + 6);
            MemoryFaultException fault = assertThrows(MemoryFaultException.class, () -> space.read(from, got));
            assertEquals(at + PAGE + 6, fault.address());
            assertEquals(Math.min(size - 2, PAGE + 6), got.position());
            assertEquals(7, got.get(got.position() - 1));
        }
        Files.write(small, content, StandardOpenOption.APPEND);
        ByteBuffer got = ByteBuffer.allocate(8);
        space.read(at + PAGE + 2, got);
        assertEquals(0x0707_0707_0707_0707L, got.getLong(0));
    }

    /**
     * A thread that removes an entry waits for its writers. So a fault must keep an entry that a writer may have used.
     */
    @Test
    void faultBeyondEndKeepsEntryOfWriters() throws Exception {
        Path small = folder.resolve("small");
        Files.write(small, new byte[PAGE + 6]);
        long at = space.map(shared(HostFile.open(small, Access.WRITE), 2));
        space.store(at + PAGE, 1);
        Pte entry = space.mm.table.get(at + PAGE);
        assertThrows(MemoryFaultException.class, () -> space.load(at + PAGE + 4));
        assertSame(entry, space.mm.table.get(at + PAGE));
    }

    @Test
    void interruptedThreadMapsAndStaysInterrupted() throws Exception {
        OpenFile file = HostFile.open(path, Access.WRITE);
        Thread.currentThread().interrupt();
        long at = space.map(shared(file, 3));
        space.store(at, 1);
        file.file().truncate(4 * PAGE);
        assertEquals(1, space.load(at));
        assertTrue(Thread.interrupted());
        space.remap(at, 3 * PAGE, 4 * PAGE, true);
    }

    @Test
    void fileLargerThanChunkIsAccessibleAtBothEnds() throws Exception {
        MappableFile file = HostFile.open(path, Access.WRITE).file();
        file.truncate(100L << 20);
        long at = space.map(
                MapRequest.file(file.open(Access.WRITE), 0, 100L << 20).shared());
        space.store(at + (100L << 20) - 4, 3);
        space.store(at + (16L << 20), 4);
        assertEquals(3, space.load(at + (100L << 20) - 4));
        assertEquals(0, space.load(at));
        SharedKey key = (SharedKey) space.sharedKey(at + (16L << 20) + 8, Access.READ);
        assertEquals(4096, key.pgoff());
    }

    /** A program that increments a word in a process of its own. */
    static final class Counter {
        public static void main(String[] args) throws Exception {
            AddressSpace mine = new AddressSpace();
            long at = mine.map(shared(HostFile.open(Path.of(args[0]), Access.WRITE), 1));
            mine.store(at + 4, 1); // report that this process has started
            while (mine.load(at + 8) == 0) {
                Thread.onSpinWait();
            }
            for (int i = 0; i < 100_000; i++) {
                mine.getAndAdd(at, 1);
            }
        }
    }

    @Test
    void wordsAreAtomicAcrossProcesses() throws Exception {
        long at = space.map(shared(HostFile.open(path, Access.WRITE), 1));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Counter.class.getName(),
                        path.toString())
                .inheritIO()
                .start();
        try {
            while (space.load(at + 4) == 0) {
                assertTrue(process.isAlive(), "the other process has ended early");
                Thread.onSpinWait();
            }
            space.store(at + 8, 1);
            for (int i = 0; i < 100_000; i++) {
                space.getAndAdd(at, 1);
            }
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
            assertEquals(200_000, space.load(at));
        } finally {
            process.destroyForcibly();
        }
    }
}

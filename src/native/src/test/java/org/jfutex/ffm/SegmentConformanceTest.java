package org.jfutex.ffm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jfutex.conformance.FutexConformance;
import org.jfutex.key.FutexMemory;
import org.junit.jupiter.api.Nested;

/** The conformance kit on memories over each kind of segment. */
class SegmentConformanceTest {

    private static final int SIZE = 8192;

    @Nested
    class NativeTest extends FutexConformance {

        @Override
        protected FutexMemory newMemory() {
            return SegmentMemory.of(Arena.ofAuto().allocate(SIZE, 8));
        }

        @Override
        public Long missingAddress() {
            return (long) SIZE;
        }
    }

    @Nested
    class HeapTest extends FutexConformance {

        @Override
        protected FutexMemory newMemory() {
            return SegmentMemory.of(MemorySegment.ofArray(new long[SIZE / 8]));
        }

        @Override
        public Long missingAddress() {
            return (long) SIZE;
        }
    }

    /** A mapped file as one shared object, in the other byte order. */
    @Nested
    class SharedMappedTest extends FutexConformance {

        @Override
        protected FutexMemory newMemory() {
            boolean interrupted = Thread.interrupted(); // an interrupt would close the channel
            try {
                Path file = Files.createTempFile("segment", null);
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                    return SegmentMemory.shared(
                            channel.map(MapMode.READ_WRITE, 0, SIZE, Arena.ofAuto()), ByteOrder.BIG_ENDIAN);
                } finally {
                    Files.delete(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        @Override
        public Long missingAddress() {
            return (long) SIZE;
        }

        @Override
        public List<Place> strangers() {
            FutexMemory one = newMemory();
            return List.of(new Place(one, 0), new Place(one, 4096), new Place(newMemory(), 0));
        }
    }

    /** A guest's address space of 4 GiB, of which the host has two pages. */
    @Nested
    class GuestTest extends FutexConformance {

        private static final long BASE = 0x4000_0000L;

        @Override
        protected FutexMemory newMemory() {
            MemorySegment pages = Arena.ofAuto().allocate(SIZE, 4096);
            MemorySegment space = MemorySegment.ofAddress(pages.address() - BASE)
                    .reinterpret(1L << 32, Arena.ofAuto(), unmapped -> keep(pages));
            return SegmentMemory.ofGuest(
                    space,
                    ByteOrder.LITTLE_ENDIAN,
                    (address, length, access) -> address >= BASE && address < BASE + SIZE);
        }

        @Override
        public long base() {
            return BASE;
        }

        @Override
        public Long missingAddress() {
            return BASE + SIZE;
        }

        /** Refers to the pages, so that they live as long as the address space. */
        private static void keep(MemorySegment pages) {
            java.lang.ref.Reference.reachabilityFence(pages);
        }
    }
}

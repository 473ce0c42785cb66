package org.jfutex.sync;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.VirtualClock;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappedObject;
import org.jfutex.memory.FlatMemory;

/** Where the words of a lock lie under test, seen from two sides that may be one and the same. */
record Place(String name, Side here, Side there) {

    static final int SIZE = 4096;

    /** One way to the words: a memory, and where they begin in it. */
    record Side(FutexTable table, FutexMemory memory, long start, Scope scope) {

        long address(int word) {
            return start + 4L * word;
        }

        int load(int word) {
            return memory.load(address(word));
        }

        void store(int word, int value) {
            memory.getAndSet(address(word), value);
        }

        int waiters(int word) {
            return table.waiters(memory, address(word), scope);
        }

        void untilWaiters(int word, int count) {
            Threads.until(() -> waiters(word) == count);
        }

        void wake(int word) {
            table.wake(memory, address(word), scope, 1);
        }

        FutexMutex mutex(int word) {
            return new FutexMutex(table, memory, address(word), scope);
        }

        FutexSemaphore semaphore(int word) {
            return new FutexSemaphore(table, memory, address(word), scope);
        }

        FutexReadWriteLock readWriteLock(int word) {
            return new FutexReadWriteLock(table, memory, address(word), scope);
        }

        FutexBarrier barrier(int word, int parties) {
            return new FutexBarrier(table, memory, address(word), scope, parties);
        }

        FutexLatch latch(int word) {
            return new FutexLatch(table, memory, address(word), scope);
        }

        FutexOnce once(int word) {
            return new FutexOnce(table, memory, address(word), scope);
        }
    }

    /** A private word of one memory. */
    static Side privateWords() {
        return side(FlatMemory.of(ByteBuffer.allocateDirect(SIZE)), Scope.PRIVATE);
    }

    /** The same with a clock that the test moves. */
    static Side privateWords(VirtualClock clock) {
        FutexTable table = FutexTable.builder().clock(clock).build();
        return new Side(table, FlatMemory.of(ByteBuffer.allocateDirect(SIZE)), 0, Scope.PRIVATE);
    }

    /** All the places: private, shared, and a file that two memories map at different addresses. */
    static List<Place> all() {
        Side own = privateWords();
        Side shared = side(FlatMemory.shared(ByteBuffer.allocateDirect(SIZE)), Scope.SHARED);
        return List.of(new Place("private", own, own), new Place("shared", shared, shared), mappedFile());
    }

    private static Side side(FutexMemory memory, Scope scope) {
        return new Side(new FutexTable(), memory, 0, scope);
    }

    private static Place mappedFile() {
        try {
            Path file = Files.createTempFile("jfutex", ".words");
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                MappedObject inode = new MappedObject() {};
                FutexTable table = new FutexTable();
                FutexMemory here = new MappedWords(channel.map(MapMode.READ_WRITE, 0, SIZE), 0x10000, inode);
                FutexMemory there = new MappedWords(channel.map(MapMode.READ_WRITE, 0, SIZE), 0x7000_0000, inode);
                return new Place(
                        "file",
                        new Side(table, here, 0x10000, Scope.SHARED),
                        new Side(table, there, 0x7000_0000, Scope.SHARED));
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}

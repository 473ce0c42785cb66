package org.jfutex.replay;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.key.Access;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.HostFile;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.OpenFile;
import org.jfutex.memory.WordMemory;

/** A demonstration: two emulated processes map one host file and count in it, under a mutex of one word. */
final class Counting {

    private static final int FREE = 0;
    private static final int LOCKED = 1;
    private static final int CONTENDED = 2;
    private static final int COUNTER = 64;
    private static final int FILE_SIZE = 4096;

    private Counting() {}

    /** Counts to a number, half in each process, and prints a report. Returns whether the file holds the number. */
    static boolean to(int total, PrintStream out) throws IOException, InterruptedException {
        Path path = Files.createTempFile("jfutex", ".count");
        try {
            Files.write(path, new byte[FILE_SIZE]);
            FutexTable table = new FutexTable();
            long start = System.nanoTime();
            int sleeps;
            try (OpenFile file = HostFile.open(path, Access.WRITE)) {
                Counter a = new Counter(table, file);
                Counter b = new Counter(table, file);
                FutureTask<?> half = new FutureTask<>(() -> {
                    b.count(total / 2);
                    return null;
                });
                new Thread(half, "process B").start();
                a.count(total - total / 2);
                half.get();
                sleeps = a.sleeps + b.sleeps;
            }
            long millis = (System.nanoTime() - start) / 1_000_000;
            int counted = ByteBuffer.wrap(Files.readAllBytes(path))
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .getInt(COUNTER);
            out.printf(
                    "Two processes counted to %,d under a word in a mapped file, in %d ms. They slept %d times.%n",
                    counted, millis, sleeps);
            return counted == total;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            Files.delete(path);
        }
    }

    /** A process with its own address space and one thread. */
    private static final class Counter {

        private final FutexTable table;
        private final WordMemory memory;
        private final long base;
        private int sleeps;

        Counter(FutexTable table, OpenFile file) {
            AddressSpace space = new AddressSpace();
            this.table = table;
            memory = space;
            base = space.map(MapRequest.file(file, 0, FILE_SIZE).shared());
        }

        void count(int times) throws InterruptedException {
            for (int i = 0; i < times; i++) {
                lock();
                // not atomic, so the mutex must protect it
                memory.store(base + COUNTER, memory.load(base + COUNTER) + 1);
                unlock();
            }
        }

        private void lock() throws InterruptedException {
            if (memory.compareAndExchange(base, FREE, LOCKED) == FREE) {
                return;
            }
            while (memory.getAndSet(base, CONTENDED) != FREE) {
                table.await(memory, base, Scope.SHARED, CONTENDED);
                sleeps++;
            }
        }

        private void unlock() {
            if (memory.getAndSet(base, FREE) == CONTENDED) {
                table.wake(memory, base, Scope.SHARED, 1);
            }
        }
    }
}

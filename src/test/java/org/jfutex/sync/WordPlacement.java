package org.jfutex.sync;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jfutex.FutexTable;
import org.jfutex.FutexTableBuilder;
import org.jfutex.PiTask;
import org.jfutex.PiTasks;
import org.jfutex.PriorityListener;
import org.jfutex.Scope;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappedObject;
import org.jfutex.key.PrivateKey;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.FlatMemory;
import org.jfutex.memory.HostFile;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.OpenFile;
import org.jfutex.memory.Protection;
import org.jfutex.time.VirtualClock;
import org.jspecify.annotations.Nullable;

/** The location of a lock's words, accessed from two sides that may be the same. */
record WordPlacement(String name, Side here, Side there) {

    static final int SIZE = 4096;

    /** The tasks of one table. */
    private static final class Registry implements PiTasks {

        private final Map<Integer, PiTask> tasks = new ConcurrentHashMap<>();
        private final AtomicInteger lastTid = new AtomicInteger();
        private final Set<Integer> piMutexes = ConcurrentHashMap.newKeySet();
        private volatile Death death = Death.RIGHT;

        @Override
        public @Nullable PiTask find(int tid) {
            return tasks.get(tid);
        }
    }

    private static FutexTable table(FutexTableBuilder settings) {
        return settings.tasks(new Registry()).build();
    }

    /** One side: a memory and the address of the words in it. */
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
            return table.waiterCount(memory, address(word), scope);
        }

        void untilWaiters(int word, int count) {
            Threads.until(() -> waiters(word) == count);
        }

        /**
         * Waits until a thread sleeps on a word that it has read; a thread that a requeue moved there has not read it.
         */
        void untilSomebodyHasLooked(int word) {
            Threads.until(() -> somebodyHasLooked(word));
        }

        boolean somebodyHasLooked(int word) {
            return table.waiters().stream()
                    .anyMatch(w -> w.key().equals(key(word)) && w.expected().isPresent());
        }

        private FutexKey key(int word) {
            return scope == Scope.PRIVATE
                    ? new PrivateKey(memory, address(word))
                    : memory.sharedKey(address(word), Access.READ);
        }

        void wake(int word) {
            table.wake(memory, address(word), scope, 1);
        }

        /** A task that the table finds. */
        PiTask task() {
            return task(nextTid());
        }

        PiTask task(int tid) {
            return add(new PiTask(table, tid, memory));
        }

        PiTask listened(PriorityListener listener) {
            return add(PiTask.listened(table, nextTid(), memory, listener));
        }

        private Registry registry() {
            return (Registry) table.tasks();
        }

        private int nextTid() {
            return registry().lastTid.incrementAndGet();
        }

        private PiTask add(PiTask task) {
            registry().tasks.put(task.tid(), task);
            return task;
        }

        /** Ends a task. */
        void exit(PiTask task) {
            registry().death.exit(this, task);
        }

        /** Sets how tasks die from now on, on both sides. */
        void dying(Death death) {
            registry().death = death;
        }

        /** Removes the task from the table's tasks. */
        void forget(PiTask task) {
            registry().tasks.remove(task.tid(), task);
        }

        /** Ends all waits that a test has left. */
        void exitAll() {
            for (PiTask task : registry().tasks.values()) {
                try {
                    Death.RIGHT.exit(this, task);
                } catch (IllegalStateException e) {
                    forget(task); // the task has already exited
                }
            }
        }

        /** Returns the PI mutexes of the words, from either side. */
        Set<Integer> piMutexes() {
            return registry().piMutexes;
        }

        PiMutex piMutex(int word) {
            piMutexes().add(word);
            return new PiMutex(table, memory, address(word), scope);
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

    /** Creates words whose table has a clock that the test moves. */
    static Side privateWords(VirtualClock clock) {
        return privateWords(FutexTable.builder().clock(clock), FlatMemory.of(ByteBuffer.allocateDirect(SIZE)));
    }

    /** Creates words in a table and a memory of the test's own. */
    static Side privateWords(FutexTableBuilder settings, FutexMemory memory) {
        return new Side(table(settings), memory, 0, Scope.PRIVATE);
    }

    /**
     * Returns all locations: private; shared; a file in two address spaces; an embedder's own memories that map one
     * object.
     */
    static List<WordPlacement> all() {
        Side own = privateWords();
        Side shared = side(FlatMemory.shared(ByteBuffer.allocateDirect(SIZE)), Scope.SHARED);
        return List.of(
                new WordPlacement("private", own, own),
                new WordPlacement("shared", shared, shared),
                mappedFile(),
                embedder());
    }

    private static Side side(FutexMemory memory, Scope scope) {
        return new Side(table(FutexTable.builder()), memory, 0, scope);
    }

    private static WordPlacement mappedFile() {
        try {
            Path path = Files.createTempFile("jfutex", ".words");
            Files.write(path, new byte[SIZE]);
            FutexTable table = table(FutexTable.builder());
            WordPlacement place = new WordPlacement("file", map(table, path, 0x10000), map(table, path, 0x7000_0000));
            Files.delete(path);
            return place;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Side map(FutexTable table, Path path, long start) throws IOException {
        OpenFile file = HostFile.open(path, Access.WRITE);
        AddressSpace space = new AddressSpace();
        space.map(MapRequest.file(file, 0, SIZE)
                .shared()
                .protection(Protection.READ_WRITE)
                .at(start));
        return new Side(table, space, start, Scope.SHARED);
    }

    private static WordPlacement embedder() {
        ByteBuffer bytes = ByteBuffer.allocateDirect(SIZE);
        MappedObject object = new MappedObject() {};
        FutexTable table = table(FutexTable.builder());
        return new WordPlacement(
                "embedder",
                new Side(table, new MappedWords(bytes, 0x10000, object), 0x10000, Scope.SHARED),
                new Side(table, new MappedWords(bytes, 0x7000_0000, object), 0x7000_0000, Scope.SHARED));
    }

    @Override
    public String toString() {
        return name;
    }
}

package org.jfutex.bench;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.regex.Pattern;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.memory.FlatMemory;
import org.jfutex.sync.FutexBarrier;
import org.jfutex.sync.FutexLatch;
import org.jfutex.sync.FutexMutex;
import org.jfutex.sync.FutexReadWriteLock;
import org.jfutex.sync.FutexSemaphore;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Are the four-byte locks as fast as those of {@code java.util.concurrent}, for platform threads and for virtual
 * threads?
 *
 * <p>Each lock of {@code org.jfutex.sync} and its JDK equivalent alternate in blocks within one run. A row shows the
 * medians, and the median of the paired ratios with its interval. See {@link PairedRatio}.
 *
 * <pre>
 * java -cp jmh/target/benchmarks.jar org.jfutex.bench.Locks                     all cells: half an hour
 * java -cp jmh/target/benchmarks.jar org.jfutex.bench.Locks "MUTEX VIRTUAL" 25  cells by regular expression, and
 * blocks of each contender
 * java -cp jmh/target/benchmarks.jar org.jfutex.bench.Locks smoke               seconds: checks that all cells run
 * </pre>
 */
public final class Locks {

    private static final int BLOCKS = 15;
    private static final long BLOCK = TimeUnit.MILLISECONDS.toNanos(60);
    private static final long SMOKE_BLOCK = TimeUnit.MILLISECONDS.toNanos(2);
    private static final int WARM_UPS = 8;
    private static final int WORK = 5;
    private static final int BATCH = 30;
    private static final List<Integer> THREADS = List.of(1, 2, 4, 8, 64);
    private static final List<Integer> FEW_THREADS = List.of(1, 4);
    private static final int DISTANCE =
            256; // in bytes: words of one lock do not share a cache line with those of another

    private Locks() {}

    /** The kinds of locks that are compared. */
    private enum Kind {
        MUTEX(jdk -> turns(mutex(jdk))),
        BUFFER_1(jdk -> new Buffer(jdk, 1)),
        BUFFER_16(jdk -> new Buffer(jdk, 16)),
        BUFFER_64(jdk -> new Buffer(jdk, 64)),
        SEMAPHORE(Locks::semaphore),
        READ_WRITE(Locks::readWrite),
        LATCH(Latches::new),
        BARRIER(Barriers::new);

        private final Maker maker;

        Kind(Maker maker) {
            this.maker = maker;
        }
    }

    private interface Maker {
        Contest make(boolean jdk);
    }

    private interface Starter {
        Thread start(Threads.Task task);
    }

    /** A workload that several threads run together. */
    private interface Contest {
        /** Runs the workload. Returns the nanoseconds of an operation. */
        double block(int threads, Starter starter, long nanos) throws Exception;
    }

    private static FutexTable table() {
        return new FutexTable();
    }

    private static FlatMemory memory(int bytes) {
        return FlatMemory.of(ByteBuffer.allocateDirect(bytes));
    }

    private static Lock mutex(boolean jdk) {
        return jdk ? new ReentrantLock() : new FutexMutex(table(), memory(DISTANCE), 0, Scope.PRIVATE);
    }

    // ---- workloads that repeat an operation until the time is over

    private abstract static class Repeated implements Contest {
        volatile boolean over;

        /** Makes a few operations in one thread. Returns their number. */
        abstract int batch(int me, int threads) throws InterruptedException;

        /**
         * The loops are in methods that are called often, so that a parking thread has no interpreted frame.
         * Interpreted frames are slow to freeze.
         */
        private long run(int me, int threads) throws InterruptedException {
            long n = 0;
            while (!over) {
                n += batch(me, threads);
            }
            return n;
        }

        /** Releases the threads that wait for other threads. */
        void end() {}

        @Override
        public final double block(int threads, Starter starter, long nanos) throws Exception {
            over = false;
            AtomicLong operations = new AtomicLong();
            CountDownLatch begin = new CountDownLatch(1);
            CountDownLatch done = new CountDownLatch(threads);
            for (int i = 0; i < threads; i++) {
                int me = i;
                starter.start(() -> {
                    begin.await();
                    operations.addAndGet(run(me, threads));
                    done.countDown();
                });
            }
            long start = System.nanoTime();
            begin.countDown();
            TimeUnit.NANOSECONDS.sleep(nanos);
            over = true;
            long took = System.nanoTime() - start;
            end();
            done.await();
            return (double) took / Math.max(1, operations.get());
        }
    }

    private static Contest turns(Lock lock) {
        return new Repeated() {
            private long counter;

            @Override
            int batch(int me, int threads) {
                int n = 0;
                for (; n < BATCH && !over; n++) {
                    lock.lock();
                    counter++;
                    lock.unlock();
                    Blackhole.consumeCPU(WORK);
                }
                return n;
            }
        };
    }

    /** A bounded buffer with two conditions. A single thread puts and takes alternately. */
    private static final class Buffer extends Repeated {
        private final int capacity;
        private final Lock lock;
        private final Condition notEmpty;
        private final Condition notFull;
        private int size;

        Buffer(boolean jdk, int capacity) {
            this.capacity = capacity;
            if (jdk) {
                lock = new ReentrantLock();
                notEmpty = lock.newCondition();
                notFull = lock.newCondition();
            } else {
                FutexMutex mutex = new FutexMutex(table(), memory(3 * DISTANCE), 0, Scope.PRIVATE);
                lock = mutex;
                notEmpty = mutex.newCondition(DISTANCE);
                notFull = mutex.newCondition(2 * DISTANCE);
            }
        }

        @Override
        int batch(int me, int threads) throws InterruptedException {
            int n = 0;
            for (; n < BATCH && !over; n++) {
                if (threads == 1 || me % 2 == 0) {
                    put();
                }
                if (threads == 1 || me % 2 == 1) {
                    take();
                }
            }
            return n;
        }

        private void put() throws InterruptedException {
            lock.lock();
            try {
                while (size == capacity && !over) {
                    notFull.await();
                }
                if (size < capacity) {
                    size++;
                    notEmpty.signal();
                }
            } finally {
                lock.unlock();
            }
        }

        private void take() throws InterruptedException {
            lock.lock();
            try {
                while (size == 0 && !over) {
                    notEmpty.await();
                }
                if (size > 0) {
                    size--;
                    notFull.signal();
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        void end() {
            lock.lock();
            notEmpty.signalAll();
            notFull.signalAll();
            lock.unlock();
        }
    }

    /** A semaphore with permits for half of the threads. */
    private static Contest semaphore(boolean jdk) {
        return new Repeated() {
            private final Semaphore theirs = new Semaphore(0);
            private final FutexSemaphore ours = new FutexSemaphore(table(), memory(DISTANCE), 0, Scope.PRIVATE);
            private volatile boolean released;

            private void releaseOnce(int permits) {
                if (!released) {
                    releaseIfFirst(permits);
                }
            }

            private synchronized void releaseIfFirst(int permits) {
                if (!released) {
                    released = true;
                    theirs.release(permits);
                    ours.release(permits);
                }
            }

            @Override
            int batch(int me, int threads) throws InterruptedException {
                releaseOnce(Math.max(1, threads / 2));
                return jdk ? runTheirs() : runOurs();
            }

            private int runTheirs() throws InterruptedException {
                int n = 0;
                for (; n < BATCH && !over; n++) {
                    theirs.acquire();
                    Blackhole.consumeCPU(WORK);
                    theirs.release();
                    Blackhole.consumeCPU(WORK);
                }
                return n;
            }

            private int runOurs() throws InterruptedException {
                int n = 0;
                for (; n < BATCH && !over; n++) {
                    ours.acquire();
                    Blackhole.consumeCPU(WORK);
                    ours.release();
                    Blackhole.consumeCPU(WORK);
                }
                return n;
            }
        };
    }

    /** A read-write lock; one of ten operations writes. */
    private static Contest readWrite(boolean jdk) {
        ReadWriteLock lock = jdk
                ? new ReentrantReadWriteLock()
                : new FutexReadWriteLock(table(), memory(DISTANCE), 0, Scope.PRIVATE);
        return new Repeated() {
            private long counter;

            @Override
            int batch(int me, int threads) {
                int n = 0;
                long sum = 0;
                for (; n < BATCH && !over; n++) {
                    if ((n + me) % 10 == 0) {
                        lock.writeLock().lock();
                        counter++;
                        lock.writeLock().unlock();
                    } else {
                        lock.readLock().lock();
                        sum += counter;
                        lock.readLock().unlock();
                    }
                    Blackhole.consumeCPU(WORK);
                }
                return sum < 0 ? 0 : n;
            }
        };
    }

    // ---- rounds

    private abstract static class Rounds implements Contest {
        private double nanosOfOne = 1_000_000;

        /** Prepares this many rounds. */
        abstract void prepare(int rounds, int threads);

        abstract void round(int number, int me, int threads) throws Exception;

        private void batch(int from, int to, int me, int threads) throws Exception {
            for (int r = from; r < to; r++) {
                round(r, me, threads);
            }
        }

        @Override
        public final double block(int threads, Starter starter, long nanos) throws Exception {
            int rounds = (int) Math.max(10, Math.min(200_000, nanos / nanosOfOne));
            prepare(rounds, threads);
            CountDownLatch begin = new CountDownLatch(1);
            CountDownLatch done = new CountDownLatch(threads);
            for (int i = 0; i < threads; i++) {
                int me = i;
                starter.start(() -> {
                    begin.await();
                    for (int r = 0; r < rounds; r += BATCH) {
                        batch(r, Math.min(r + BATCH, rounds), me, threads);
                    }
                    done.countDown();
                });
            }
            long start = System.nanoTime();
            begin.countDown();
            done.await();
            double took = (double) (System.nanoTime() - start) / rounds;
            nanosOfOne = took;
            return took;
        }
    }

    /** In each round, the next thread opens a latch on which all others wait. */
    private static final class Latches extends Rounds {
        private static final int WORDS = 200_000;
        private final boolean jdk;
        private final FutexTable table = table();
        private final FlatMemory words;
        private CountDownLatch[] theirs = {};
        private FutexLatch[] ours = {};

        Latches(boolean jdk) {
            this.jdk = jdk;
            words = memory(jdk ? Integer.BYTES : WORDS * Integer.BYTES);
        }

        @Override
        void prepare(int rounds, int threads) {
            if (jdk) {
                theirs = new CountDownLatch[rounds];
                Arrays.setAll(theirs, i -> new CountDownLatch(1));
            } else {
                ours = new FutexLatch[rounds];
                for (int i = 0; i < rounds; i++) {
                    ours[i] = new FutexLatch(table, words, (long) i * Integer.BYTES, Scope.PRIVATE);
                    ours[i].arm(1);
                }
            }
        }

        @Override
        void round(int number, int me, int threads) throws Exception {
            boolean opens = number % threads == me;
            if (jdk && opens) {
                theirs[number].countDown();
            } else if (jdk) {
                theirs[number].await();
            } else if (opens) {
                ours[number].countDown();
            } else {
                ours[number].await();
            }
        }
    }

    private static final class Barriers extends Rounds {
        private final boolean jdk;
        private final FutexTable table = table();
        private CyclicBarrier theirs = new CyclicBarrier(1);
        private FutexBarrier ours = new FutexBarrier(table, memory(DISTANCE), 0, Scope.PRIVATE, 1);

        Barriers(boolean jdk) {
            this.jdk = jdk;
        }

        @Override
        void prepare(int rounds, int threads) {
            theirs = new CyclicBarrier(threads);
            ours = new FutexBarrier(table, memory(DISTANCE), 0, Scope.PRIVATE, threads);
        }

        @Override
        void round(int number, int me, int threads) throws Exception {
            if (jdk) {
                theirs.await();
            } else {
                ours.await();
            }
        }
    }

    // ---- measuring

    private static void measure(Kind lock, String kind, int threads, int blocks, long nanos) throws Exception {
        Starter starter = kind.equals("VIRTUAL") ? Threads::virtual : Threads::platform;
        Contest ours = lock.maker.make(false);
        Contest theirs = lock.maker.make(true);
        for (int i = 0; i < WARM_UPS; i++) {
            ours.block(threads, starter, nanos);
            theirs.block(threads, starter, nanos);
        }
        double[] our = new double[blocks];
        double[] their = new double[blocks];
        for (int i = 0; i < blocks; i++) {
            if (i % 2 == 0) {
                our[i] = ours.block(threads, starter, nanos);
            }
            their[i] = theirs.block(threads, starter, nanos);
            if (i % 2 != 0) {
                our[i] = ours.block(threads, starter, nanos);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %d | %.0f | %.0f | %s |%n",
                lock,
                kind,
                threads,
                PairedRatio.median(our),
                PairedRatio.median(their),
                PairedRatio.of(our, their));
    }

    /**
     * Prints a table of the cells that match the first argument. The second argument is the number of blocks of each
     * contender.
     */
    public static void main(String[] args) throws Exception {
        Blackhole.consumeCPU(1); // load the class here, where the stack is deep enough
        boolean smoke = args.length > 0 && args[0].equals("smoke");
        Pattern cells = Pattern.compile(args.length > 0 && !smoke ? args[0] : "");
        int blocks = args.length > 1 ? Integer.parseInt(args[1]) : smoke ? 1 : BLOCKS;
        System.out.println("| lock | threads | number | jfutex ns | JDK ns | ratio |");
        System.out.println("|---|---|--:|--:|--:|--:|");
        for (Kind lock : Kind.values()) {
            for (String kind : List.of("PLATFORM", "VIRTUAL")) {
                for (int threads : smoke ? FEW_THREADS : THREADS) {
                    if (cells.matcher(lock + " " + kind + " " + threads).find()
                            && (!kind.equals("VIRTUAL") || Threads.areVirtualAvailable())) {
                        measure(lock, kind, threads, blocks, smoke ? SMOKE_BLOCK : BLOCK);
                    }
                }
            }
        }
    }
}

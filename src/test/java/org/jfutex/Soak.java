package org.jfutex;

import java.io.PrintStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.FutexClock;
import org.jspecify.annotations.Nullable;

/**
 * A long run of all operations at once: waits, timeouts, interrupts, cancels, descriptors, waits on many words,
 * requeues and wake-ops. It includes PI locks whose owners die, and mappings that are moved, unmapped, forked and
 * swapped out. Pairs of workers measure how late a wake reaches a thread, a callback or a stage: see {@link
 * DeliveryLaw}. It runs on platform threads, and on virtual threads if the JVM has them.
 *
 * <pre>
 *     SOAK=60 mvn -q test-compile exec:java -Dexec.mainClass=org.jfutex.Soak      for 60 minutes; default 1
 * </pre>
 *
 * <p>It fails in six cases. A worker makes no step for half a minute; then the message has its stack and the table's
 * waiters. Wakes and waits report different sums. A wake arrives too late. A lock has two owners. A waiter is left
 * in the table at the end. The heap grows: see {@link LeastSquaresSlope}.
 */
final class Soak {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    final FutexTable table;
    final WakeConservation law = new WakeConservation();
    final DeliveryLaw delivery = new DeliveryLaw();
    private final List<DeliveryPair> pairs = new ArrayList<>();
    private final Map<Integer, PiTask> tasks = new ConcurrentHashMap<>();
    private final PiRandomWorkload crowd;
    private final TokenRing ring;
    private final List<Worker> workers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<Thread> interruptible = new ArrayList<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final PrintStream out;
    private final Duration patience;
    private volatile boolean over;

    Soak(PrintStream out) {
        this(
                out,
                PATIENCE,
                FlatMemory.of(ByteBuffer.allocateDirect(4096)),
                FutexClock.system(),
                DeliveryPair.Flaw.NONE);
    }

    /**
     * Creates a soak.
     *
     * @param patience the time that a worker may take for a step
     * @param ringMemory the memory with the ring's words
     * @param clock the clock of the table
     * @param flaw a fault of the pairs
     */
    Soak(
            PrintStream out,
            Duration patience,
            org.jfutex.key.FutexMemory ringMemory,
            FutexClock clock,
            DeliveryPair.Flaw flaw) {
        this.out = out;
        this.patience = patience;
        SplittableRandom random = new SplittableRandom();
        table = FutexTable.builder().buckets(4).tasks(tasks::get).clock(clock).build();
        Mapper mapper = new Mapper(table, law, random.nextLong());
        List<RandomWorkload.Place> places = List.of(
                new RandomWorkload.Place(FlatMemory.shared(ByteBuffer.allocateDirect(4096)), 0),
                new RandomWorkload.Place(mapper.space, Mapper.PRIVATE_PAGE),
                new RandomWorkload.Place(mapper.space, Mapper.SHARED_PAGE));
        for (int i = 0; i < 8; i++) {
            add(
                    new RandomWorkload("party " + i, random.nextLong(), law, table, places, this::interruptSomebody),
                    i % 2 == 0,
                    interruptible);
        }
        add(mapper, true, null);
        ring = new TokenRing(table, ringMemory, 1024, 4, law);
        for (int i = 0; i < 4; i++) {
            add(ring.members().get(i), i % 2 == 0, null);
        }
        crowd = new PiRandomWorkload(
                table,
                tasks,
                FlatMemory.shared(ByteBuffer.allocateDirect(1024)),
                Scope.PRIVATE,
                6,
                random.split(),
                PiRandomWorkload.Flaw.NONE);
        for (Worker member : crowd.members()) {
            add(member, true, null);
        }
        for (int i = 0; i < 4; i++) {
            DeliveryPair pair = new DeliveryPair(table, law, delivery, random.nextLong(), flaw);
            pairs.add(pair);
            add(pair.waiter("waiter " + i), i % 2 == 0, null);
            add(pair.waker("waker " + i), true, null);
        }
        for (int i = 0; i < 2; i++) {
            DeliveryPair.Control control = new DeliveryPair.Control(delivery);
            add(control.sleeper("sleeper " + i), i == 0, null);
            add(control.unparker("unparker " + i), true, null);
        }
    }

    private void add(Worker worker, boolean platform, @Nullable List<Thread> group) {
        Runnable life = () -> {
            try {
                while (!over) {
                    worker.countedStep();
                }
                worker.end();
            } catch (Throwable t) {
                failure.compareAndSet(null, new AssertionError(worker + ": " + t, t));
            }
        };
        workers.add(worker);
        Thread thread = platform ? null : virtual(life);
        if (thread == null) {
            thread = new Thread(life, worker.toString());
            thread.setDaemon(true);
        }
        threads.add(thread);
        if (group != null) {
            group.add(thread);
        }
    }

    /** Returns a virtual thread that has not started, or null before JDK 21. */
    static @Nullable Thread virtual(Runnable life) {
        try {
            Object builder = MethodHandles.publicLookup()
                    .findStatic(
                            Thread.class,
                            "ofVirtual",
                            MethodType.methodType(Class.forName("java.lang.Thread$Builder$OfVirtual")))
                    .invoke();
            return (Thread) MethodHandles.publicLookup()
                    .findVirtual(
                            Class.forName("java.lang.Thread$Builder"),
                            "unstarted",
                            MethodType.methodType(Thread.class, Runnable.class))
                    .invoke(builder, life);
        } catch (ReflectiveOperationException e) {
            return null;
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
    }

    private void interruptSomebody() {
        interruptible
                .get(ThreadLocalRandom.current().nextInt(interruptible.size()))
                .interrupt();
    }

    /** Runs for the given length, measures the heap at the given interval, and throws if a check fails. */
    void run(Duration length, Duration every) throws Exception {
        threads.forEach(Thread::start);
        try {
            long start = System.nanoTime();
            List<Long> heap = new ArrayList<>();
            // later counts are not kept, because they are as large as the leaks that they detect
            LiveHeap early = LiveHeap.look();
            Watchdog watchdog = new Watchdog();
            for (long i = 1; i <= length.toNanos() / every.toNanos(); i++) {
                long look = start + i * every.toNanos();
                while (System.nanoTime() - look < 0) {
                    Thread.sleep(
                            Math.min(100, every.toMillis())); // no event is awaited; this is the length of the soak
                    watchdog.look();
                }
                LiveHeap now = LiveHeap.look();
                heap.add(now.bytes());
                early = i == 2 ? now : early; // by then each operation has run once
                out.printf(
                        "%6.1f min: %,d steps, %,d wakes, %,d live bytes%n",
                        (System.nanoTime() - start) / 60e9, steps(), law.wakes(), now.bytes());
            }
            end();
            law.check();
            out.println(delivery);
            delivery.check();
            crowd.check();
            TableEmptyCheck.check(table);
            judge(heap, early);
        } finally {
            over = true;
        }
    }

    private void end() throws Exception {
        over = true;
        Watchdog watchdog = new Watchdog();
        while (threads.stream().anyMatch(Thread::isAlive)) {
            ring.end();
            pairs.forEach(DeliveryPair::end);
            Thread.sleep(1);
            watchdog.look();
        }
        watchdog.look();
    }

    private long steps() {
        return workers.stream().mapToLong(Worker::steps).sum();
    }

    private void judge(List<Long> heap, LiveHeap early) {
        LeastSquaresSlope slope = LeastSquaresSlope.of(heap);
        if (slope.rises()) {
            out.println("grown the most: " + LiveHeap.look().grownSince(early));
        }
        out.println(slope.judged());
    }

    /** Detects workers that no longer make steps. */
    private final class Watchdog {

        private final long[] seen = new long[workers.size()];
        private final long[] since = new long[workers.size()];

        Watchdog() {
            Arrays.fill(since, System.nanoTime());
            Arrays.fill(seen, -1);
        }

        void look() {
            Throwable t = failure.get();
            if (t != null) {
                throw new AssertionError(t.getMessage(), t);
            }
            long now = System.nanoTime();
            for (int i = 0; i < seen.length; i++) {
                long steps = workers.get(i).steps();
                if (steps != seen[i] || !threads.get(i).isAlive()) {
                    seen[i] = steps;
                    since[i] = now;
                } else if (now - since[i] > patience.toNanos()) {
                    AssertionError stuck =
                            new AssertionError(workers.get(i) + " is stuck; waiters changed but not woken: "
                                    + table.findStuckWaiters(Duration.ZERO) + "; all: " + table.waiters());
                    stuck.setStackTrace(threads.get(i).getStackTrace());
                    throw stuck;
                }
            }
        }
    }

    /** Runs for the number of minutes in the environment variable {@code SOAK}. */
    public static void main(String[] args) throws Exception {
        String said = System.getProperty("SOAK", System.getenv().getOrDefault("SOAK", "1"));
        long seconds = Math.round(Double.parseDouble(said) * 60);
        int status = 0;
        try {
            Duration every = Duration.ofSeconds(Math.max(1, Math.min(60, seconds / 6)));
            new Soak(System.out).run(Duration.ofSeconds(seconds), every);
        } catch (AssertionError e) {
            e.printStackTrace(System.out);
            status = 1;
        }
        System.out.flush();
        System.exit(status);
    }
}

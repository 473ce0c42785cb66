package org.jfutex.bench;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.IntSupplier;
import java.util.function.ToIntBiFunction;
import org.jfutex.bench.GuestMemoryBenchmark.Kind;
import org.jfutex.bench.GuestMemoryBenchmark.Turn;

/**
 * How much processor time do the operations of {@link GuestMemoryBenchmark} take?
 *
 * <p>On a machine that others use, the time of day of so short an operation says little. So this program measures the
 * processor time of its thread. It takes the least of 300 batches in a JVM for each memory, and the median of five such
 * JVMs. The memories take turns. It prints nanoseconds, and in brackets the ratio to the first memory.
 *
 * <pre>java -cp jmh/target/benchmarks.jar org.jfutex.bench.GuestMemoryTimes 1000 the number of pages; two minutes</pre>
 */
public final class GuestMemoryTimes {

    private static final int ROUNDS = 5;
    private static final int BATCHES = 400;
    private static final int WARMUP = 100;
    private static final int CALLS = 20_000;

    private static volatile int sink;

    private GuestMemoryTimes() {}

    /** Measures all memories. With the name of a memory as a second argument, measures that one in this JVM. */
    public static void main(String[] args) throws IOException {
        int pages = args.length > 0 ? Integer.parseInt(args[0]) : 1000;
        if (args.length > 1) {
            measure(Kind.valueOf(args[1]), pages).forEach((name, time) -> System.out.println(time + " " + name));
        } else {
            compare(pages);
        }
    }

    private static void compare(int pages) throws IOException {
        Map<String, Map<Kind, List<Double>>> times = new LinkedHashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (Kind kind : Kind.values()) {
                for (String line : outputOf(kind, pages)) {
                    String[] parts = line.split(" ", 2);
                    times.computeIfAbsent(parts[1], name -> new EnumMap<>(Kind.class))
                            .computeIfAbsent(kind, each -> new ArrayList<>())
                            .add(Double.valueOf(parts[0]));
                }
            }
        }
        times.forEach((name, byKind) -> {
            StringBuilder row = new StringBuilder("| ").append(name);
            double limit = median(byKind.get(Kind.RAW));
            byKind.forEach((kind, all) ->
                    row.append(String.format(Locale.ROOT, " | %.2f (%.1f)", median(all), median(all) / limit)));
            System.out.println(row.append(" |"));
        });
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }

    private static List<String> outputOf(Kind kind, int pages) throws IOException {
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        GuestMemoryTimes.class.getName(),
                        Integer.toString(pages),
                        kind.name())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    private static Map<String, Double> measure(Kind kind, int pages) {
        GuestMemoryBenchmark memory = new GuestMemoryBenchmark();
        memory.kind = kind;
        memory.pages = pages;
        memory.fill();
        Turn turn = new Turn();
        turn.open(memory, 1);
        turn.begin(memory);
        Map<String, Double> least = new LinkedHashMap<>();
        operations().forEach((name, operation) -> measure(name, () -> operation.applyAsInt(memory, turn), least));
        beside(
                memory,
                turn,
                "plain store, another thread writes in this page",
                GuestMemoryBenchmark::twoWriteOnePage,
                least);
        beside(
                memory,
                turn,
                "plain store, another thread writes in another page",
                GuestMemoryBenchmark::twoWriteTwoPages,
                least);
        turn.end();
        return least;
    }

    /** Measures a store while another thread repeats it at an address of its own. */
    private static void beside(
            GuestMemoryBenchmark memory,
            Turn turn,
            String name,
            BiConsumer<GuestMemoryBenchmark, Turn> store,
            Map<String, Double> least) {
        AtomicBoolean ended = new AtomicBoolean();
        Thread other = new Thread(() -> {
            Turn second = new Turn();
            second.open(memory, 2);
            second.begin(memory);
            while (!ended.get()) {
                storeAll(memory, second, store);
            }
            second.end();
        });
        other.start();
        measure(name, () -> storeAll(memory, turn, store), least);
        ended.set(true);
    }

    private static int storeAll(GuestMemoryBenchmark memory, Turn turn, BiConsumer<GuestMemoryBenchmark, Turn> store) {
        for (int i = 0; i < CALLS; i++) {
            store.accept(memory, turn);
            keepInLoop();
        }
        return 0;
    }

    private static void measure(String name, IntSupplier batch, Map<String, Double> least) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        for (int i = 0; i < BATCHES; i++) {
            long start = threads.getCurrentThreadCpuTime();
            sink += batch.getAsInt();
            double time = (double) (threads.getCurrentThreadCpuTime() - start) / CALLS;
            if (i >= WARMUP) {
                least.merge(name, time, Math::min);
            }
        }
    }

    /** Prevents that the compiler moves a load or a store of the memory out of the loop, or removes it. */
    private static void keepInLoop() {
        VarHandle.acquireFence();
        VarHandle.releaseFence();
    }

    /** Returns the batches. Each has a loop of its own, so that the compiler can inline the operation into it. */
    private static Map<String, ToIntBiFunction<GuestMemoryBenchmark, Turn>> operations() {
        Map<String, ToIntBiFunction<GuestMemoryBenchmark, Turn>> all = new LinkedHashMap<>();
        all.put("load, same word", (memory, turn) -> {
            int sum = 0;
            for (int i = 0; i < CALLS; i++) {
                sum += memory.loadSameWord(turn);
                keepInLoop();
            }
            return sum;
        });
        all.put("load, sequential", (memory, turn) -> {
            int sum = 0;
            for (int i = 0; i < CALLS; i++) {
                sum += memory.loadSequential(turn);
                keepInLoop();
            }
            return sum;
        });
        all.put("load, random page", (memory, turn) -> {
            int sum = 0;
            for (int i = 0; i < CALLS; i++) {
                sum += memory.loadRandom(turn);
                keepInLoop();
            }
            return sum;
        });
        all.put("plain store, same word", (memory, turn) -> {
            int sum = 0;
            for (int i = 0; i < CALLS; i++) {
                memory.storePlain(turn);
                keepInLoop();
            }
            return sum;
        });
        all.put("plain store, random page", (memory, turn) -> {
            int sum = 0;
            for (int i = 0; i < CALLS; i++) {
                memory.storeRandom(turn);
                keepInLoop();
            }
            return sum;
        });
        all.put("release store", (memory, turn) -> {
            int sum = 0;
            for (int i = 0; i < CALLS; i++) {
                memory.storeRelease(turn);
                keepInLoop();
            }
            return sum;
        });
        all.put("compare-and-exchange", (memory, turn) -> {
            int sum = 0;
            for (int i = 0; i < CALLS; i++) {
                sum += memory.compareAndExchange(turn);
                keepInLoop();
            }
            return sum;
        });
        return all;
    }
}

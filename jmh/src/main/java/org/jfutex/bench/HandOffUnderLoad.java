package org.jfutex.bench;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jfutex.SpinPolicy;
import org.jfutex.bench.Exchange.Contender;
import org.jfutex.bench.Exchange.Means;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Does a hand-over stay fast while other threads keep the processors busy?
 *
 * <p>Two threads hand over to each other beside busy threads of this JVM ({@code T}) or busy processes ({@code P}). The
 * default policy is compared with {@link SpinPolicy#NONE} and with the JDK's equivalent. The speed of a busy machine
 * changes from second to second, so the contenders alternate in blocks within one run. A row shows the medians of the
 * blocks in microseconds a round trip. Then it shows the medians of the paired ratios, with the 95% interval of the
 * sign test.
 *
 * <pre>
 * java -cp jmh/target/benchmarks.jar org.jfutex.bench.HandOffUnderLoad                 all cells, 15 blocks, 5 minutes
 * java -cp jmh/target/benchmarks.jar org.jfutex.bench.HandOffUnderLoad 'RAW.* T4' 31   the cells that match a pattern
 * </pre>
 *
 * For the lower end of the interval, the limits are 1.25 times {@link SpinPolicy#NONE} and 1.5 times the JDK. {@link
 * Suite} runs two cells with a limit of 5, which only a fault exceeds.
 */
public final class HandOffUnderLoad {

    private static final long BLOCK = 100_000_000;
    private static final long WARM_UP = 300_000_000;
    private static final int BLOCKS = 15;
    private static final List<String> LOADS = List.of("T0", "T1", "T2", "T4", "T8", "P4");

    private static final String SMOKE = "^(RAW|SEMAPHORE) PLATFORM T4$";
    private static final int SMOKE_BLOCKS = 5;
    private static final double FAULT = 5;

    private final Means means;
    private final boolean virtual;
    private final Exchange[] exchanges = new Exchange[Contender.values().length];

    private HandOffUnderLoad(Means means, boolean virtual) {
        this.means = means;
        this.virtual = virtual;
        for (Contender c : Contender.values()) {
            exchanges[c.ordinal()] = means.make(c);
        }
    }

    /** Measures and prints. The arguments are a pattern of cells and the number of blocks of each contender. */
    public static void main(String[] args) throws Exception {
        run(args.length > 0 ? args[0] : "", args.length > 1 ? Integer.parseInt(args[1]) : BLOCKS);
    }

    /**
     * Runs two cells quickly. Returns whether the default policy takes at most five times as long as {@link
     * SpinPolicy#NONE} in both.
     */
    static boolean passesSmoke() {
        try {
            return run(SMOKE, SMOKE_BLOCKS) <= FAULT;
        } catch (Exception e) {
            e.printStackTrace();
            return false;
        }
    }

    /** Returns the largest median of the ratios to {@link SpinPolicy#NONE}. */
    private static double run(String pattern, int blocks) throws Exception {
        Blackhole.consumeCPU(1); // load the class here, where the stack is deep enough
        Pattern wanted = Pattern.compile(pattern);
        double worst = 0;
        System.out.println("| by | threads | busy | default | NONE | JDK | default/NONE | default/JDK | NONE/JDK |");
        System.out.println("|---|---|---|--:|--:|--:|--:|--:|--:|");
        for (Means means : Means.values()) {
            for (boolean virtual : Threads.areVirtualAvailable() ? new boolean[] {false, true} : new boolean[1]) {
                HandOffUnderLoad row = null;
                for (String load : LOADS) {
                    String name = means + (virtual ? " VIRTUAL " : " PLATFORM ") + load;
                    if (wanted.matcher(name).find()) {
                        if (row == null) {
                            row = new HandOffUnderLoad(means, virtual);
                            row.warmUp();
                        }
                        worst = Math.max(worst, row.measure(load, blocks));
                    }
                }
            }
        }
        return worst;
    }

    private void warmUp() throws InterruptedException {
        for (Contender c : Contender.values()) {
            block(c, WARM_UP);
        }
    }

    private double measure(String load, int blocks) throws IOException, InterruptedException {
        Contender[] all = Contender.values();
        double[][] nanos = new double[all.length][blocks];
        try (BusyLoad busy = BusyLoad.start(load)) {
            for (int i = 0; i < blocks; i++) {
                for (int k = 0; k < all.length; k++) {
                    Contender c = all[(i + k) % all.length];
                    nanos[c.ordinal()][i] = block(c, BLOCK);
                }
            }
        }
        double[] ours = nanos[Contender.DEFAULT.ordinal()];
        double[] none = nanos[Contender.NONE.ordinal()];
        double[] jdk = nanos[Contender.JDK.ordinal()];
        PairedRatio toNone = PairedRatio.of(ours, none);
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %s | %.1f | %.1f | %.1f | %s | %s | %s |%n",
                means,
                virtual ? "virtual" : "platform",
                load,
                PairedRatio.median(ours) / 1000,
                PairedRatio.median(none) / 1000,
                PairedRatio.median(jdk) / 1000,
                toNone,
                PairedRatio.of(ours, jdk),
                PairedRatio.of(none, jdk));
        return toNone.median();
    }

    /** Makes round trips for the given time. Returns the nanoseconds of one round trip. */
    private double block(Contender contender, long length) throws InterruptedException {
        Exchange exchange = exchanges[contender.ordinal()];
        Thread second = start(() -> {
            while (exchange.answer()) {}
        });
        double[] result = new double[1];
        Thread first = start(() -> {
            exchange.go(); // now both threads are running
            long begin = System.nanoTime();
            long took;
            int times = 0;
            do {
                exchange.go();
                times++;
                took = System.nanoTime() - begin;
            } while (took < length);
            result[0] = (double) took / times;
            exchange.end();
        });
        first.join();
        second.join();
        return result[0];
    }

    private Thread start(Threads.Task task) {
        return virtual ? Threads.virtual(task) : Threads.platform(task);
    }
}

package org.jfutex.bench;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jfutex.bench.peer.Peer;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs all benchmarks and reports. The contenders of a benchmark take turns: one fork of each, then the next round. The
 * speed of a shared machine changes from minute to minute, and alternating keeps that out of the ratios.
 *
 * <pre>
 * java -cp jmh/target/benchmarks.jar org.jfutex.bench.Suite full     100 minutes: the published figures
 * java -cp jmh/target/benchmarks.jar org.jfutex.bench.Suite short    10 minutes: smaller groups and fewer peers
 * java -cp jmh/target/benchmarks.jar org.jfutex.bench.Suite smoke    seconds: checks that all benchmarks run
 * </pre>
 *
 * A second argument runs only the benchmarks whose names contain it. JMH's results go to {@code target/results} beside
 * the jar, one file for each round of each benchmark. {@link Report} then writes charts and a table of all results in
 * that folder. Contenders that this JVM cannot run are left out: virtual threads before JDK 21, the kernel's futex
 * before JDK 22. The exit status is 1 if a benchmark failed or none ran.
 */
public final class Suite {

    /** The number of rounds of a full run. */
    private static final int ROUNDS = 5;

    /** The number of rounds of a full run for benchmarks that measure single shots of a group. */
    private static final int CROWDED_ROUNDS = 2;

    private static final List<String> LEFT_OUT_WHEN_SHORT =
            List.of("MONITOR", "KERNEL_SHARED", "ENDIVE", "CHICORY", "STAMPED_LOCK", "JFUTEX_BY_HAND");

    private enum Form {
        SMOKE,
        SHORT,
        FULL
    }

    private final Form form;
    private final Path target;
    private final List<String> failures = new ArrayList<>();
    private int measured;

    private Suite(Form form, Path target) {
        this.form = form;
        this.target = target;
    }

    /** Runs the form in the first argument, for the benchmarks whose names contain the second argument. */
    public static void main(String[] args) throws IOException {
        if (args.length < 1
                || args.length > 2
                || !List.of("smoke", "short", "full").contains(args[0])) {
            System.err.println("Arguments: smoke|short|full [PART OF A NAME]");
            System.exit(2);
        }
        Form form = Form.valueOf(args[0].toUpperCase(Locale.ROOT));
        if (form == Form.SMOKE) {
            System.setProperty("jmh.ignoreLock", "true"); // a parallel run spoils no figures: the smoke form keeps none
        }
        boolean passed = new Suite(form, target()).run(args.length == 2 ? args[1] : "");
        System.exit(passed ? 0 : 1);
    }

    /** Returns the folder of the jar. */
    static Path target() {
        try {
            Path jar = Path.of(Suite.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return jar.getParent();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean run(String part) throws IOException {
        Path results = target.resolve(form == Form.SMOKE ? "smoke" : "results");
        Files.createDirectories(results);
        Map<String, List<BenchmarkListEntry>> byQuestion = BenchmarkList.defaultList()
                .getAll(OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT), List.of())
                .stream()
                .filter(benchmark -> benchmark.getUsername().contains(part) && canRun(benchmark))
                .collect(groupingBy(BenchmarkListEntry::getUserClassQName, TreeMap::new, toList()));
        for (List<BenchmarkListEntry> question : byQuestion.values()) {
            for (BenchmarkListEntry benchmark : question) {
                Result.deleteAll(results, benchmark.getUsername());
            }
            for (int round = 1; round <= rounds(question.get(0)); round++) {
                for (BenchmarkListEntry benchmark : question) {
                    run(benchmark, Result.file(results, benchmark.getUsername(), round));
                }
            }
        }
        if (form != Form.FULL && HandOffUnderLoad.class.getName().contains(part)) {
            measured++;
            if (!HandOffUnderLoad.passesSmoke()) {
                failures.add(HandOffUnderLoad.class.getName());
            }
        }
        if (form != Form.SMOKE) {
            Report.main();
        }
        System.out.println();
        failures.forEach(name -> System.out.println("FAILED " + name));
        System.out.println(measured + " measured, " + failures.size() + " failed");
        return failures.isEmpty() && measured > 0;
    }

    private int rounds(BenchmarkListEntry benchmark) {
        return form != Form.FULL ? 1 : benchmark.getMode() == Mode.AverageTime ? ROUNDS : CROWDED_ROUNDS;
    }

    private static boolean canRun(BenchmarkListEntry benchmark) {
        return !benchmark.getUsername().contains("virtual") || Threads.areVirtualAvailable();
    }

    private void run(BenchmarkListEntry benchmark, Path result) {
        String name = benchmark.getUsername();
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("^" + Pattern.quote(name) + "$")
                .addProfiler(Extra.class)
                .resultFormat(ResultFormatType.JSON)
                .result(result.toString());
        List<String> contenders = contenders(benchmark, options);
        sizes(name, options);
        lengths(benchmark, options);
        try {
            Collection<RunResult> got = new Runner(options.build()).run();
            measured += got.size();
            contenders.removeIf(peer -> got.stream()
                    .anyMatch(r -> r.getParams().getParamsKeys().stream()
                            .anyMatch(key -> r.getParams().getParam(key).equals(peer))));
            contenders.forEach(peer -> failures.add(name + " " + peer));
            if (got.isEmpty()) {
                failures.add(name);
            }
        } catch (RunnerException e) {
            System.out.println(e);
            failures.add(name);
        }
    }

    /** Returns the contenders: those that this JVM can run, and in a short run only those that a goal uses. */
    private List<String> contenders(BenchmarkListEntry benchmark, ChainedOptionsBuilder options) {
        List<String> names = new ArrayList<>();
        benchmark.getParams().orElse(Map.of()).forEach((param, values) -> {
            if (param.equals("peer") || param.equals("kind")) {
                Arrays.stream(values).filter(this::takesPart).forEach(names::add);
                options.param(param, names.toArray(String[]::new));
            }
        });
        return names;
    }

    private boolean takesPart(String name) {
        return (form != Form.SHORT || !LEFT_OUT_WHEN_SHORT.contains(name))
                && Arrays.stream(Peer.values()).allMatch(p -> !p.name().equals(name) || p.isAvailable());
    }

    private void sizes(String name, ChainedOptionsBuilder options) {
        if (form == Form.SMOKE) {
            options.param("waiters", "100").param("million", "1000").param("vmas", "64");
        } else if (form == Form.SHORT && name.endsWith("MappingBenchmark.beside")) {
            options.param("vmas", "64");
        } else if (form == Form.SHORT && name.endsWith("WakeAllBenchmark.virtualThreads")) {
            options.param("waiters", "10000", "100000");
        } else if (form == Form.SHORT && name.endsWith("WakeAllBenchmark.platformThreads")) {
            options.param("waiters", "1000");
        } else if (form == Form.SHORT) {
            options.param("waiters", "10000");
        }
    }

    private void lengths(BenchmarkListEntry benchmark, ChainedOptionsBuilder options) {
        options.forks(1);
        boolean average = benchmark.getMode() == Mode.AverageTime;
        if (average) {
            options.addProfiler(GCProfiler.class);
        }
        if (form == Form.SMOKE) {
            boolean alone =
                    // a fork takes time, so this one stands for all
                    benchmark.getUsername().endsWith("virtualOneCarrier");
            options.forks(alone ? 1 : 0).warmupIterations(0).measurementIterations(1);
            options.measurementTime(TimeValue.milliseconds(20)).shouldFailOnError(true);
        } else if (form == Form.SHORT && average) {
            options.measurementIterations(3).measurementTime(TimeValue.milliseconds(300));
        }
    }
}

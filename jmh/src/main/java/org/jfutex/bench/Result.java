package org.jfutex.bench;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The result of a benchmark with one set of parameters, in JMH's format.
 *
 * @param benchmark the class and the method
 * @param params the parameters
 * @param primaryMetric the time of an operation
 * @param secondaryMetrics all other metrics, by name
 */
record Result(
        String benchmark, Map<String, String> params, Metric primaryMetric, Map<String, Metric> secondaryMetrics) {

    /** The parameter with the size of a group: a group is measured as one operation, and reported for one waiter. */
    private static final String CROWD = "waiters";

    /**
     * All values of one metric.
     *
     * @param scoreUnit the unit of the values
     * @param rawData the values, a list for each fork
     */
    record Metric(String scoreUnit, double[][] rawData) {

        private Metric and(Metric later) {
            return new Metric(
                    scoreUnit,
                    Stream.of(rawData, later.rawData).flatMap(Arrays::stream).toArray(double[][]::new));
        }

        double median() {
            double[] all = Arrays.stream(rawData)
                    .flatMapToDouble(Arrays::stream)
                    .sorted()
                    .toArray();
            int middle = all.length / 2;
            return all.length % 2 == 1 ? all[middle] : (all[middle - 1] + all[middle]) / 2;
        }
    }

    /** Returns the file into which JMH writes the result of a benchmark in a round. */
    static Path file(Path folder, String benchmark, int round) {
        return folder.resolve(shortName(benchmark) + "." + round + ".json");
    }

    /** Deletes the results of a benchmark from all rounds of an earlier run. */
    static void deleteAll(Path folder, String benchmark) throws IOException {
        for (int round = 1; Files.deleteIfExists(file(folder, benchmark, round)); round++) {}
    }

    /** Returns the results of all files in a folder; the rounds of a benchmark are merged. */
    static List<Result> read(Path folder) throws IOException {
        Map<List<Object>, Result> all = new LinkedHashMap<>();
        List<Path> files;
        try (Stream<Path> list = Files.list(folder)) {
            files = list.filter(f -> f.toString().endsWith(".json")).sorted().toList();
        }
        for (Path file : files) {
            try (Reader in = Files.newBufferedReader(file)) {
                Result[] some = new Gson().fromJson(in, Result[].class);
                for (Result r : some == null ? new Result[0] : some) { // a run without a result leaves an empty file
                    all.merge(List.of(r.benchmark, r.parameters()), r, Result::and);
                }
            }
        }
        return List.copyOf(all.values());
    }

    private Result and(Result later) {
        Map<String, Metric> secondary = new TreeMap<>(secondaryMetrics);
        later.secondaryMetrics.forEach((name, metric) -> secondary.merge(name, metric, Metric::and));
        return new Result(benchmark, params, primaryMetric.and(later.primaryMetric), secondary);
    }

    /** Returns the short form of a full name, such as {@code WakeNoWaiters.wake}. */
    static String shortName(String benchmark) {
        return benchmark.replaceAll(".*\\.(\\w+)Benchmark\\.", "$1.");
    }

    String name() {
        return shortName(benchmark);
    }

    /** Returns the parameters by name; the map is empty if there are none. */
    Map<String, String> parameters() {
        return params == null ? Map.of() : new TreeMap<>(params);
    }

    /** Returns whether this matches {@code NAME PARAMETER...}: the values of some parameters, in any order. */
    boolean is(List<String> nameAndParameters) {
        Collection<String> rest = nameAndParameters.subList(1, nameAndParameters.size());
        return name().equals(nameAndParameters.get(0)) && parameters().values().containsAll(rest);
    }

    /** Returns the median time of an operation in nanoseconds; for a group of waiters, the time of one waiter. */
    double median() {
        return primaryMetric.median() / Integer.parseInt(parameters().getOrDefault(CROWD, "1"));
    }
}

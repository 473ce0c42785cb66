package org.jfutex.bench;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a benchmark said with one set of parameters, as JMH writes it down.
 *
 * @param benchmark the class and the method
 * @param params the parameters
 * @param primaryMetric the time of an operation
 * @param secondaryMetrics everything else, by name
 */
record Result(
        String benchmark, Map<String, String> params, Metric primaryMetric, Map<String, Metric> secondaryMetrics) {

    /** A crowd is measured as one operation, and reported by the head. */
    private static final String CROWD = "waiters";

    /**
     * All values of one metric.
     *
     * @param scoreUnit what it counts
     * @param rawData the values, a list for each fork
     */
    record Metric(String scoreUnit, double[][] rawData) {

        double median() {
            double[] all = Arrays.stream(rawData)
                    .flatMapToDouble(Arrays::stream)
                    .sorted()
                    .toArray();
            int middle = all.length / 2;
            return all.length % 2 == 1 ? all[middle] : (all[middle - 1] + all[middle]) / 2;
        }
    }

    /** All results of all files in a folder. */
    static List<Result> read(Path folder) throws IOException {
        List<Result> all = new ArrayList<>();
        List<Path> files;
        try (Stream<Path> list = Files.list(folder)) {
            files = list.filter(f -> f.toString().endsWith(".json")).sorted().toList();
        }
        for (Path file : files) {
            try (Reader in = Files.newBufferedReader(file)) {
                Result[] some = new Gson().fromJson(in, Result[].class);
                all.addAll(some == null ? List.of() : List.of(some)); // a run without a result leaves an empty file
            }
        }
        return all;
    }

    /** {@code WakeNobody.wake} of a long name. */
    static String shortName(String benchmark) {
        return benchmark.replaceAll(".*\\.(\\w+)Benchmark\\.", "$1.");
    }

    String name() {
        return shortName(benchmark);
    }

    /** The parameters by name; none is an empty map. */
    Map<String, String> parameters() {
        return params == null ? Map.of() : new TreeMap<>(params);
    }

    /** Whether this is {@code NAME PARAMETER...}: some parameters' values, in any order. */
    boolean is(List<String> nameAndParameters) {
        Collection<String> rest = nameAndParameters.subList(1, nameAndParameters.size());
        return name().equals(nameAndParameters.get(0)) && parameters().values().containsAll(rest);
    }

    /** The median time of an operation, of one waiter if there is a crowd; in nanoseconds. */
    double median() {
        return primaryMetric.median() / Integer.parseInt(parameters().getOrDefault(CROWD, "1"));
    }
}

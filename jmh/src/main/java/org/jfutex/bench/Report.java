package org.jfutex.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Makes a table and charts of what {@link Suite} has measured: {@code charts/README.md} and a picture for each benchmark, beside
 * the folder in which the jar lies.
 *
 * <pre>java -cp jmh/target/benchmarks.jar org.jfutex.bench.Report</pre>
 *
 * All figures are medians over all iterations of all forks, in nanoseconds an operation unless they say otherwise, and everything
 * that is compared was measured in one run.
 */
public final class Report {

    private Report() {}

    /** Reads {@code target/results}, writes {@code charts}. */
    public static void main(String... args) throws IOException {
        Path target = Suite.target();
        Path charts = target.resolveSibling("charts");
        Files.createDirectories(charts);
        List<Result> results = Result.read(target.resolve("results"));

        List<String> lines = new ArrayList<>();
        lines.add("# What it costs");
        lines.add("");
        lines.add(where());
        lines.add("Medians, in nanoseconds an operation or a waiter unless the row says otherwise.");
        lines.add("");
        lines.add("| goal | measured | | beside | | limit | is | met |");
        lines.add("|---|---|--:|---|--:|--:|--:|:-:|");
        Goal.all().forEach(goal -> lines.add(goal.row(results)));

        Map<String, List<Result>> byQuestion =
                results.stream().collect(Collectors.groupingBy(Report::question, TreeMap::new, Collectors.toList()));
        for (Map.Entry<String, List<Result>> q : byQuestion.entrySet()) {
            Path picture = charts.resolve(q.getKey() + ".svg");
            Chart.draw(q.getKey(), q.getValue(), picture);
            lines.add("");
            lines.add("![" + q.getKey() + "](" + picture.getFileName() + ")");
        }
        Files.write(charts.resolve("README.md"), lines);
        lines.stream().filter(line -> line.startsWith("|")).forEach(System.out::println);
    }

    private static String question(Result result) {
        return result.name().replaceAll("\\..*", "");
    }

    private static String where() {
        return "Java " + Runtime.version() + ", " + System.getProperty("os.name") + " "
                + System.getProperty("os.version") + " on " + System.getProperty("os.arch") + ", "
                + Runtime.getRuntime().availableProcessors() + " processors.";
    }
}

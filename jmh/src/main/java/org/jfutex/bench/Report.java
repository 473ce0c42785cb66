package org.jfutex.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes the table and the charts of {@code jmh/README.md} from the results of {@link Suite}.
 *
 * <pre>java -cp jmh/target/benchmarks.jar org.jfutex.bench.Report</pre>
 *
 * <p>The medians over all iterations of all forks are stored in {@code charts/figures.txt}, beside the folder of the
 * jar. A run replaces the figures of the questions that it measured. Without results of a run, the table and the charts
 * are drawn again from the stored figures.
 */
public final class Report {

    private static final String BEGIN =
            "<!-- Figures: org.jfutex.bench.Report writes the lines up to the end mark. -->";
    private static final String END = "<!-- End of figures. -->";

    private Report() {}

    /** Reads {@code target/results} if it exists. Writes {@code charts} and the section of {@code README.md}. */
    public static void main(String... args) throws IOException {
        Path target = Suite.target();
        Path charts = target.resolveSibling("charts");
        Files.createDirectories(charts);
        Path file = charts.resolve("figures.txt");
        Figures figures = Figures.read(file);
        List<Goal> goals = Goal.all();
        List<Chart> all = Chart.all();
        Path results = target.resolve("results");
        if (Files.isDirectory(results)) {
            figures.replace(Result.read(results), place(), metrics(goals, all));
            figures.write(file);
        }

        List<String> lines = new ArrayList<>();
        lines.add(BEGIN);
        lines.add("");
        lines.add("| what | jfutex | beside | | ratio | goal | met |");
        lines.add("|---|--:|---|--:|--:|--:|:-:|");
        Map<String, String> labels = new HashMap<>();
        all.forEach(chart -> chart.bars().forEach(bar -> labels.put(bar.selector(), bar.label())));
        goals.forEach(goal -> lines.add(goal.row(figures, labels)));
        for (Chart chart : all) {
            if (chart.draw(figures, charts)) {
                lines.add("");
                lines.add("![" + chart.title() + "](charts/" + chart.question() + ".svg)");
            }
        }
        lines.add("");
        lines.add(END);
        replaceSection(target.resolveSibling("README.md"), lines);
        lines.stream().filter(line -> line.startsWith("|")).forEach(System.out::println);
    }

    private static void replaceSection(Path page, List<String> section) throws IOException {
        List<String> before = Files.exists(page) ? Files.readAllLines(page) : List.of(BEGIN, END);
        List<String> after = new ArrayList<>(before.subList(0, before.indexOf(BEGIN)));
        after.addAll(section);
        after.addAll(before.subList(before.indexOf(END) + 1, before.size()));
        Files.write(page, after);
    }

    private static Set<String> metrics(List<Goal> goals, List<Chart> charts) {
        return Stream.concat(
                        goals.stream().flatMap(goal -> Stream.of(goal.measured(), goal.reference())),
                        charts.stream().flatMap(chart -> chart.bars().stream().map(Chart.Bar::selector)))
                .flatMap(Goal::metric)
                .collect(Collectors.toSet());
    }

    private static String place() {
        return "Java " + Runtime.version() + ", " + System.getProperty("os.name") + " "
                + System.getProperty("os.version") + " on " + System.getProperty("os.arch") + ", "
                + Runtime.getRuntime().availableProcessors() + " processors";
    }
}

package org.jfutex.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;

/**
 * The medians of all benchmarks, kept in {@code charts/figures.txt}. The table and the charts are generated from this
 * file, so they can be drawn again without a new measurement.
 *
 * <p>A selector identifies a figure: {@code CLASS.METHOD PARAMETER... [:METRIC]}, with the parameters in any order.
 * Without a metric, the figure is the time of an operation in nanoseconds.
 */
final class Figures {

    private static final MathContext FOUR_DIGITS = new MathContext(4);

    /** The machine on which each question was measured. */
    private final Map<String, String> places = new TreeMap<>();

    /** The medians by question, then by selector. */
    private final Map<String, Map<String, Double>> medians = new TreeMap<>();

    /** Reads a file. Returns no figures if the file does not exist. */
    static Figures read(Path file) throws IOException {
        Figures figures = new Figures();
        if (Files.exists(file)) {
            Files.readAllLines(file).forEach(figures::parse);
        }
        return figures;
    }

    private void parse(String line) {
        String[] parts = line.split("\\|");
        if (line.startsWith("@")) {
            places.put(parts[0].substring(1).strip(), parts[1].strip());
        } else if (parts.length == 2) {
            add(parts[0].strip(), Double.parseDouble(parts[1].strip()));
        }
    }

    private void add(String selector, double median) {
        medians.computeIfAbsent(question(selector), q -> new TreeMap<>(Comparator.comparing(Figures::canonical)))
                .put(selector, median);
    }

    /**
     * Replaces the figures of each question that a run has measured.
     *
     * @param results the run
     * @param place the machine on which it ran
     * @param metrics the extra metrics to keep
     */
    void replace(List<Result> results, String place, Set<String> metrics) {
        results.forEach(r -> medians.remove(question(r.name())));
        for (Result r : results) {
            places.put(question(r.name()), place);
            String selector = r.name() + " " + String.join(" ", r.parameters().values());
            add(selector.strip(), r.median());
            r.secondaryMetrics().forEach((metric, values) -> {
                if (metrics.contains(metric)) {
                    add(selector.strip() + " :" + metric, values.median());
                }
            });
        }
    }

    void write(Path file) {
        List<String> lines = new ArrayList<>();
        lines.add("# Medians, written by org.jfutex.bench.Report. Selector | median; @ question | place.");
        medians.forEach((question, figures) -> {
            lines.add("");
            lines.add("@ " + question + " | " + place(question));
            figures.forEach((selector, median) -> lines.add(selector + " | "
                    + BigDecimal.valueOf(median)
                            .round(FOUR_DIGITS)
                            .stripTrailingZeros()
                            .toPlainString()));
        });
        try {
            Files.write(file, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the machine on which a question was measured, or an empty string. */
    String place(String question) {
        return places.getOrDefault(question, "");
    }

    /** Returns the median with this selector; empty if it was not measured. */
    OptionalDouble find(String selector) {
        Double median = medians.getOrDefault(question(selector), Map.of()).get(selector);
        return median == null ? OptionalDouble.empty() : OptionalDouble.of(median);
    }

    private static String question(String selector) {
        return selector.replaceAll("\\..*", "");
    }

    /** Returns the selector with its parameters sorted. */
    private static String canonical(String selector) {
        String[] parts = selector.strip().split(" *:");
        String[] words = parts[0].split(" +");
        Arrays.sort(words, 1, words.length);
        return String.join(" ", words) + (parts.length > 1 ? ":" + parts[1] : "");
    }
}

package org.jfutex.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * A line of {@code goals.txt}: what is measured, how it shall compare, and to what.
 *
 * @param title the section that it stands in
 * @param measured the figure that it is about
 * @param relation how that shall compare, such as {@code <= 1.5 x}
 * @param reference the figure beside it, or nothing
 */
record Goal(String title, String measured, String relation, String reference) {

    private static final String TIMES = "x";
    private static final String FASTER = "x faster";
    private static final String MORE = "more";

    /** All goals, in their order. */
    static List<Goal> all() throws IOException {
        try (InputStream in = Goal.class.getResourceAsStream("goals.txt");
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return lines.lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .map(Goal::parse)
                    .toList();
        }
    }

    private static Goal parse(String line) {
        String[] parts = line.split("\\|", -1);
        if (parts.length != 4) {
            throw new IllegalArgumentException("not four parts: " + line);
        }
        return new Goal(parts[0].strip(), parts[1].strip(), parts[2].strip(), parts[3].strip());
    }

    /** This goal as a row of a Markdown table. */
    String row(List<Result> results) {
        OptionalDouble mine = figure(measured, results);
        OptionalDouble other = figure(reference, results);
        OptionalDouble ratio = compare(mine, other);
        return "| " + title + " | `" + measured + "` | " + text(mine) + " | "
                + (reference.isEmpty() ? "" : "`" + reference + "`") + " | " + text(other) + " | " + relation + " | "
                + text(ratio) + " | "
                + (ratio.isEmpty() ? "not measured" : isMet(ratio.getAsDouble()) ? "yes" : "**no**") + " |";
    }

    private String kind() {
        return relation.split(" ", 3).length == 3 ? relation.split(" ", 3)[2] : "";
    }

    private boolean isMet(double value) {
        double limit = Double.parseDouble(relation.split(" ")[1]);
        return relation.startsWith("<=") ? value <= limit : value >= limit;
    }

    private OptionalDouble compare(OptionalDouble mine, OptionalDouble other) {
        if (mine.isEmpty() || (other.isEmpty() && !reference.isEmpty())) {
            return OptionalDouble.empty();
        }
        double m = mine.getAsDouble();
        double o = other.orElse(0);
        return OptionalDouble.of(
                switch (kind()) {
                    case TIMES -> m / o;
                    case FASTER -> o / m;
                    case MORE -> m - o;
                    case "" -> m;
                    default -> throw new IllegalArgumentException("relation " + relation);
                });
    }

    /** The median of {@code NAME PARAMETER... [:METRIC]}, empty if nobody has measured it. */
    private static OptionalDouble figure(String selector, List<Result> results) {
        String[] selected = selector.split(":");
        List<String> name = List.of(selected[0].strip().split(" +"));
        return results.stream()
                .filter(r -> r.is(name))
                .filter(r -> selected.length == 1 || r.secondaryMetrics().containsKey(selected[1]))
                .mapToDouble(r -> selected.length == 1
                        ? r.median()
                        : r.secondaryMetrics().get(selected[1]).median())
                .findFirst();
    }

    private static String text(OptionalDouble value) {
        return value.isEmpty() ? "" : text(value.getAsDouble());
    }

    /** Three digits that count. */
    static String text(double value) {
        double size = Math.abs(value);
        String format = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, value);
    }
}

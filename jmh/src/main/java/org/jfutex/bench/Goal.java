package org.jfutex.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * A line of {@code goals.txt}: a figure, a goal, and the figure to compare with.
 *
 * @param title the measured operation, in words
 * @param measured the selector of the figure, see {@link Figures}
 * @param relation the goal for the comparison, such as {@code <= 1.5 x}
 * @param reference the selector of the figure to compare with, or nothing
 */
record Goal(String title, String measured, String relation, String reference) {

    private static final String TIMES = "x";
    private static final String FASTER = "x faster";
    private static final String MORE = "more";

    /** Returns all goals, in the order of the file. */
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

    /**
     * Returns this goal as a row of a Markdown table. The columns are: title, figure, limit or peer, its figure, ratio,
     * goal, and whether the goal is met.
     */
    String row(Figures figures, Map<String, String> labels) {
        OptionalDouble mine = figures.find(measured);
        OptionalDouble other = reference.isEmpty() ? OptionalDouble.empty() : figures.find(reference);
        OptionalDouble ratio = compare(mine, other);
        return "| " + title + " | " + text(mine) + " | " + labels.getOrDefault(reference, reference) + " | "
                + text(other) + " | " + text(ratio) + " | " + relation + " | "
                + (ratio.isEmpty() ? "not measured" : isMet(ratio.getAsDouble()) ? "yes" : "**no**") + " |";
    }

    /** Returns the extra metric of a selector, or an empty stream. */
    static Stream<String> metric(String selector) {
        int colon = selector.indexOf(':');
        return colon < 0
                ? Stream.empty()
                : Stream.of(selector.substring(colon + 1).strip());
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

    private static String text(OptionalDouble value) {
        return value.isEmpty() ? "" : text(value.getAsDouble());
    }

    /** Formats a value with three significant digits. */
    static String text(double value) {
        double size = Math.abs(value);
        String format = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, value);
    }
}

package org.jfutex.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A chart of {@code charts.txt}: horizontal bars, sorted within each group, with the value at the end of each bar.
 *
 * <p>The colours are style rules of the picture, with a second set for dark themes. The picture has its own background,
 * so its text is readable on a page of either theme.
 *
 * @param question the benchmark class without "Benchmark"; the name of the file
 * @param title the question in words
 * @param unit the unit of a value, such as "nanoseconds a call"
 * @param bars all bars, in the order of the groups
 */
record Chart(String question, String title, String unit, List<Bar> bars) {

    private static final int WIDTH = 760;
    private static final int MARGIN = 16;
    private static final int BARS_BEGIN = 308;
    private static final int BARS_END = 668;
    private static final int ROW = 24;
    private static final int BAR = 16;

    /** If the longest bar is more than this many times the shortest one, the scale is logarithmic. */
    private static final double WIDE = 20;

    /** The kind of a contender, which decides the colour of its bar. */
    enum Kind {
        OURS("jfutex"),
        BOUND("lower bound or limit"),
        KERNEL("the kernel's futex"),
        OTHER("others");

        private final String legend;

        Kind(String legend) {
            this.legend = legend;
        }

        private String style() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A bar.
     *
     * @param group the heading above it, or nothing
     * @param selector the figure, see {@link Figures}
     * @param label the name of the contender, in words
     * @param kind the kind of the contender
     */
    record Bar(String group, String selector, String label, Kind kind) {}

    private record Value(Bar bar, double median) {}

    /** Returns all charts, in the order of the file. */
    static List<Chart> all() throws IOException {
        List<Chart> charts = new ArrayList<>();
        try (InputStream in = Chart.class.getResourceAsStream("charts.txt");
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            String group = "";
            for (String line : lines.lines().map(String::strip).toList()) {
                String[] parts = line.split(" *\\| *");
                if (line.startsWith("= ")) {
                    charts.add(new Chart(parts[0].substring(2), parts[1], parts[2], new ArrayList<>()));
                    group = "";
                } else if (line.startsWith("- ")) {
                    group = line.substring(2);
                } else if (!line.isEmpty() && !line.startsWith("#")) {
                    Kind kind = Kind.valueOf(parts[2].toUpperCase(Locale.ROOT));
                    charts.get(charts.size() - 1).bars.add(new Bar(group, parts[0], parts[1], kind));
                }
            }
        }
        return charts;
    }

    /** Writes the picture. Returns false, and writes nothing, if none of its figures was measured. */
    boolean draw(Figures figures, Path folder) throws IOException {
        List<Value> values = new ArrayList<>();
        List<String> groups = bars.stream().map(Bar::group).distinct().toList();
        for (String group : groups) {
            bars.stream()
                    .filter(bar -> bar.group.equals(group)
                            && figures.find(bar.selector).isPresent())
                    .map(bar -> new Value(bar, figures.find(bar.selector).getAsDouble()))
                    .sorted(Comparator.comparingDouble(Value::median))
                    .forEach(values::add);
        }
        if (values.isEmpty()) {
            return false;
        }
        Files.writeString(folder.resolve(question + ".svg"), picture(values, figures.place(question)));
        return true;
    }

    private String picture(List<Value> values, String place) {
        double least = values.stream().mapToDouble(Value::median).min().orElseThrow();
        double most = values.stream().mapToDouble(Value::median).max().orElseThrow();
        boolean logarithmic = most / least > WIDE;
        double from = logarithmic ? Math.pow(10, Math.floor(Math.log10(least / 1.3))) : 0;

        StringBuilder rows = new StringBuilder();
        int y = logarithmic ? 84 : 62;
        String group = "";
        for (Value value : values) {
            if (!value.bar.group.equals(group)) {
                group = value.bar.group;
                y += 4;
                rows.append(text("group", MARGIN, y + 14, "start", group));
                y += ROW;
            }
            double length = (BARS_END - BARS_BEGIN) * share(value.median, from, most, logarithmic);
            String style = value.bar.kind.style();
            rows.append(text(style + "-label", BARS_BEGIN - 10, y + 13, "end", value.bar.label));
            rows.append(String.format(
                    Locale.ROOT,
                    "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>%n",
                    style,
                    BARS_BEGIN,
                    y,
                    Math.max(length, 2),
                    BAR));
            rows.append(text(
                    style + "-label",
                    BARS_BEGIN + (int) Math.max(length, 2) + 6,
                    y + 13,
                    "start",
                    amount(value.median)));
            y += ROW;
        }
        int end = y;
        StringBuilder grid = new StringBuilder();
        if (logarithmic) {
            for (double line = from; line <= most; line *= 10) {
                int x = BARS_BEGIN + (int) Math.round((BARS_END - BARS_BEGIN) * share(line, from, most, true));
                grid.append(String.format(
                        "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"78\" y2=\"%d\"/>%n", x, x, end - 4));
                grid.append(text("axis", x, 72, "middle", amount(line).replace(".0 ", " ")));
            }
        }
        int height = end + 48;
        String scale =
                logarithmic ? "Logarithmic scale: each line is ten times the one before." : "Linear scale, from zero.";
        return String.format(
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
                                + " role=\"img\" aria-label=\"%s\">%n",
                        WIDTH, height, WIDTH, height, title)
                + STYLE
                + String.format(
                        "<rect class=\"page\" x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"6\"/>%n",
                        WIDTH - 1, height - 1)
                + text("title", MARGIN, 28, "start", title)
                + text("note", MARGIN, 48, "start", unit + "; shorter is better. " + scale)
                + grid
                + rows
                + legend(values, end + 14)
                + text("note", MARGIN, end + 36, "start", "Medians. " + place)
                + "</svg>\n";
    }

    private static double share(double value, double from, double to, boolean logarithmic) {
        return logarithmic ? Math.log(value / from) / Math.log(to / from) : value / to;
    }

    private static String legend(List<Value> values, int y) {
        Set<Kind> kinds = EnumSet.noneOf(Kind.class);
        values.forEach(value -> kinds.add(value.bar.kind));
        StringBuilder legend = new StringBuilder();
        int x = MARGIN;
        for (Kind kind : kinds) {
            legend.append(String.format(
                    "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" rx=\"2\"/>%n",
                    kind.style(), x, y - 10));
            legend.append(text("note", x + 18, y, "start", kind.legend));
            x += 40 + 7 * kind.legend.length();
        }
        return legend.toString();
    }

    /** Formats nanoseconds; values of five digits or more are given in a larger unit. */
    private String amount(double value) {
        if (!unit.startsWith("Nanoseconds")) {
            return Goal.text(value);
        }
        if (value >= 1e7) {
            return Goal.text(value / 1e6) + " ms";
        }
        return value >= 1e4 ? Goal.text(value / 1e3) + " µs" : trimmed(Goal.text(value)) + " ns";
    }

    private static String trimmed(String number) {
        return number.endsWith(".00")
                ? number.substring(0, number.length() - 3)
                : number.replaceAll("(\\.\\d)0$", "$1");
    }

    private static String text(String style, int x, int y, String anchor, String text) {
        return String.format(
                "<text class=\"%s\" x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>%n", style, x, y, anchor, text);
    }

    private static final String STYLE = """
            <style>
            text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
            .title { font-size: 16px; font-weight: 600 }
            .group { font-weight: 600 }
            .ours-label { font-weight: 600; fill: #0550ae }
            .note, .axis { font-size: 11px; fill: #59636e }
            .page { fill: #ffffff; stroke: #d1d9e0 }
            .grid { stroke: #d1d9e0 }
            .ours { fill: #2a78d6 }
            .bound { fill: #57a773 }
            .kernel { fill: #d9822b }
            .other { fill: #afb8c1 }
            @media (prefers-color-scheme: dark) {
              text { fill: #e6edf3 }
              .ours-label { fill: #79b8ff }
              .note, .axis { fill: #9198a1 }
              .page { fill: #0d1117; stroke: #3d444d }
              .grid { stroke: #3d444d }
              .ours { fill: #388bfd }
              .bound { fill: #3fa45c }
              .kernel { fill: #db8a3a }
              .other { fill: #656c76 }
            }
            </style>
            """;
}

package org.jfutex.bench;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.style.CategoryStyler;
import org.knowm.xchart.style.Styler;

/** A bar for each contender, on a logarithmic scale; a colour for each circumstance. */
final class Chart {

    private static final Set<String> CONTENDER = Set.of("peer", "kind", "others", "guest");

    private static final Color[] COLORS = {
        new Color(0x2a78d6), new Color(0xeb6834), new Color(0x1baf7a), new Color(0xeda100), new Color(0xe87ba4)
    };

    private Chart() {}

    static void draw(String title, List<Result> results, Path file) throws IOException {
        Set<String> contenders = new LinkedHashSet<>();
        Map<String, Map<String, Double>> byCircumstance = new LinkedHashMap<>();
        for (Result r : results) {
            contenders.add(contender(r));
            byCircumstance
                    .computeIfAbsent(circumstance(r), c -> new TreeMap<>())
                    .put(contender(r), r.median());
        }
        CategoryChart chart = new CategoryChartBuilder()
                .width(900)
                .height(420)
                .title(title)
                .yAxisTitle("ns")
                .build();
        style(chart.getStyler(), byCircumstance.size());
        double least = results.stream().mapToDouble(Result::median).min().orElse(1);
        chart.getStyler().setYAxisMin(Math.pow(10, Math.floor(Math.log10(least))));
        byCircumstance.forEach((circumstance, medians) -> {
            List<Double> bars = new ArrayList<>();
            contenders.forEach(c -> bars.add(medians.get(c)));
            chart.addSeries(circumstance, List.copyOf(contenders), bars);
        });
        VectorGraphicsEncoder.saveVectorGraphic(chart, file.toString(), VectorGraphicsFormat.SVG);
        Files.writeString(
                file, Files.readString(file).replaceAll("(\\.\\d\\d)\\d+", "$1")); // letters are curves of many digits
    }

    private static void style(CategoryStyler styler, int series) {
        styler.setSeriesColors(COLORS);
        styler.setYAxisLogarithmic(true);
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBorderVisible(false);
        styler.setPlotGridLinesStroke(new BasicStroke(0.5f));
        styler.setDecimalPattern("#,##0.#");
        styler.setPlotGridVerticalLinesVisible(false);
        styler.setLegendVisible(series > 1);
        styler.setLegendPosition(Styler.LegendPosition.OutsideS);
        styler.setLegendLayout(Styler.LegendLayout.Horizontal);
        styler.setLegendBorderColor(Color.WHITE);
        styler.setXAxisLabelRotation(30);
        styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
        styler.setLabelsVisible(series == 1);
        styler.setLabelsPosition(1);
    }

    private static String contender(Result r) {
        String named = r.parameters().entrySet().stream()
                .filter(p -> CONTENDER.contains(p.getKey()))
                .map(Map.Entry::getValue)
                .collect(Collectors.joining(" "));
        return named.isEmpty() ? method(r) : named; // it measures us alone
    }

    private static String method(Result r) {
        return r.name().replaceAll(".*\\.", "");
    }

    /** Method and other parameters. */
    private static String circumstance(Result r) {
        return method(r)
                + r.parameters().entrySet().stream()
                        .filter(p -> !CONTENDER.contains(p.getKey()))
                        .map(p -> " " + p.getValue())
                        .collect(Collectors.joining());
    }
}

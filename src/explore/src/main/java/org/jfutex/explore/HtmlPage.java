package org.jfutex.explore;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A page that shows a schedule step by step. It consists of one file and needs no other. */
final class HtmlPage {

    private HtmlPage() {}

    static String of(Failure failure) {
        return template()
                .replace("@ID@", escaped(failure.schedule()))
                .replace("@DATA@", data(failure).replace("<", "\\u003c"));
    }

    private static String template() {
        try (InputStream in = HtmlPage.class.getResourceAsStream("schedule.html")) {
            if (in == null) {
                throw new IllegalStateException("the template schedule.html is missing");
            }
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    private static String data(Failure failure) {
        StringBuilder json = new StringBuilder();
        json.append("{\"message\":");
        string(json, failure.message());
        json.append(",\"schedule\":");
        string(json, failure.schedule());
        json.append(",\"guests\":");
        strings(json, guests(failure.steps()));
        json.append(",\"begin\":{},\"steps\":[");
        String comma = "";
        for (ScheduleStep step : failure.steps()) {
            json.append(comma);
            step(json, step);
            comma = ",\n";
        }
        return json.append("]}").toString();
    }

    /** Returns the names of the guests in the order of their numbers; a guest that made no step may be left out. */
    static List<String> guests(List<ScheduleStep> steps) {
        Map<Integer, String> names = new TreeMap<>();
        steps.forEach(s -> names.put(s.index(), s.guest()));
        int last = names.isEmpty() ? -1 : ((TreeMap<Integer, String>) names).lastKey();
        for (int i = 0; i < last; i++) {
            names.putIfAbsent(i, "guest " + i);
        }
        return List.copyOf(names.values());
    }

    private static void step(StringBuilder json, ScheduleStep step) {
        json.append("{\"guest\":");
        string(json, step.guest());
        json.append(",\"index\":").append(step.index()).append(",\"action\":");
        string(json, step.action());
        json.append(",\"words\":{");
        String comma = "";
        for (Map.Entry<String, Integer> word : step.words().entrySet()) {
            json.append(comma);
            string(json, word.getKey());
            json.append(':').append(word.getValue());
            comma = ",";
        }
        json.append("},\"queues\":{");
        comma = "";
        for (Map.Entry<String, List<String>> queue : step.queues().entrySet()) {
            json.append(comma);
            string(json, queue.getKey());
            json.append(':');
            strings(json, queue.getValue());
            comma = ",";
        }
        json.append("}}");
    }

    private static void strings(StringBuilder json, List<String> all) {
        json.append('[');
        for (int i = 0; i < all.size(); i++) {
            json.append(i > 0 ? "," : "");
            string(json, all.get(i));
        }
        json.append(']');
    }

    private static void string(StringBuilder json, String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ' || c == '\u2028' || c == '\u2029') {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }
}

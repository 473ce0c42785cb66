package org.jfutex.explore;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A sequence diagram of a schedule in the language of Mermaid: a lifeline for each guest, and one for the words. */
final class MermaidDiagram {

    private final StringBuilder text = new StringBuilder("sequenceDiagram\n");

    private MermaidDiagram() {}

    static String of(Failure failure) {
        return new MermaidDiagram().draw(failure);
    }

    private String draw(Failure failure) {
        List<String> guests = HtmlPage.guests(failure.steps());
        for (int i = 0; i < guests.size(); i++) {
            line("participant G" + i + " as " + escaped(guests.get(i)));
        }
        line("participant W as words");
        Map<String, Integer> before = Map.of();
        Set<String> asleep = new LinkedHashSet<>();
        for (ScheduleStep step : failure.steps()) {
            line("G" + step.index() + "->>W: " + escaped(step.action()));
            StringBuilder changes = new StringBuilder();
            for (Map.Entry<String, Integer> word : step.words().entrySet()) {
                if (!word.getValue().equals(before.getOrDefault(word.getKey(), 0))) {
                    changes.append(changes.length() == 0 ? "" : ", ");
                    changes.append(word.getKey()).append(" = ").append(word.getValue());
                }
            }
            if (changes.length() > 0) {
                line("Note right of W: " + escaped(changes.toString()));
            }
            noteSleepers(guests, step, asleep);
            before = step.words();
        }
        if (!guests.isEmpty()) {
            String last = guests.size() > 1 ? ",G" + (guests.size() - 1) : "";
            line("Note over G0" + last + ": " + escaped(failure.message()));
        }
        return text.toString();
    }

    private void noteSleepers(List<String> guests, ScheduleStep step, Set<String> asleep) {
        Set<String> now = new LinkedHashSet<>();
        step.queues().forEach((word, queue) -> now.addAll(queue));
        for (int i = 0; i < guests.size(); i++) {
            String guest = guests.get(i);
            if (now.contains(guest) && asleep.add(guest)) {
                line("Note over G" + i + ": queued");
            } else if (!now.contains(guest) && asleep.remove(guest)) {
                line("Note over G" + i + ": no longer queued");
            }
        }
    }

    private void line(String line) {
        text.append("    ").append(line).append('\n');
    }

    /** Replaces the characters that have a meaning in the language by their codes. */
    private static String escaped(String text) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '#', ';', '<', '>', ':', '{', '}' ->
                    plain.append('#').append((int) c).append(';');
                case '\n', '\r' -> plain.append(' ');
                default -> plain.append(c);
            }
        }
        return plain.toString();
    }
}

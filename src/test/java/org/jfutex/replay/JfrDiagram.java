package org.jfutex.replay;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * A sequence diagram, like {@link SequenceDiagram}, of a flight recording with the events {@code org.jfutex.Wait},
 * {@code Wake} and {@code Requeue}.
 *
 * <p>The events do not refer to each other. Waiters of one word are woken in the order in which they began to sleep. So
 * each wake is drawn to that many waiters, the earliest first. A callback is an actor of its own, named by its first
 * key.
 */
final class JfrDiagram {

    /** A line of the diagram, and its time. */
    private record Line(Instant when, String text) {}

    private final Map<String, String> actors = new LinkedHashMap<>();
    private final List<Line> lines = new ArrayList<>();
    private final List<RecordedEvent> asleep = new ArrayList<>(); // the waits that have no waker yet

    private JfrDiagram() {}

    /** Returns the diagram of a recording file. */
    static String of(Path recording) throws java.io.IOException {
        return of(RecordingFile.readAllEvents(recording));
    }

    private static String of(List<RecordedEvent> events) {
        JfrDiagram d = new JfrDiagram();
        List<RecordedEvent> ordered = new ArrayList<>(events);
        ordered.sort(Comparator.comparing(RecordedEvent::getStartTime));
        for (RecordedEvent e : ordered) {
            if (is(e, "Wait")) {
                d.line(e.getStartTime(), "Note over " + d.actor(e) + ": waits on " + e.getString("firstKey"));
                d.line(e.getStartTime(), "activate " + d.actor(e));
                d.asleep.add(e);
            }
        }
        for (RecordedEvent e : ordered) {
            if (is(e, "Wake")) {
                d.wake(e, e.getString("key"), "wakes " + e.getString("key"));
            } else if (is(e, "Requeue")) {
                d.wake(
                        e,
                        e.getString("from"),
                        "moves " + e.getInt("moved") + " from " + e.getString("from") + " to " + e.getString("to"));
            }
        }
        for (RecordedEvent e : d.asleep) {
            d.line(e.getEndTime(), "Note over " + d.actor(e) + ": " + e.getString("outcome"));
            d.line(e.getEndTime(), "deactivate " + d.actor(e));
        }
        return d.text();
    }

    private void wake(RecordedEvent e, String key, String what) {
        List<RecordedEvent> woken = asleep.stream()
                .filter(w -> w.getString("outcome").equals("WOKEN")
                        && w.getString("key").equals(key))
                .filter(w -> !w.getStartTime().isAfter(e.getStartTime()))
                .limit(e.getInt("woken"))
                .toList();
        asleep.removeAll(woken);
        Instant when = woken.stream()
                .map(RecordedEvent::getEndTime)
                .filter(end -> end.isBefore(e.getStartTime()))
                .min(Comparator.naturalOrder())
                .orElse(e.getStartTime()); // a waiter may return before the event of its wake ends
        if (woken.isEmpty()) {
            line(when, "Note over " + actor(e) + ": " + what + " = " + e.getInt("woken"));
        }
        for (RecordedEvent w : woken) {
            line(when, actor(e) + "->>" + actor(w) + ": " + what);
            line(when, "deactivate " + actor(w));
        }
    }

    private static boolean is(RecordedEvent e, String name) {
        return e.getEventType().getName().equals("org.jfutex." + name);
    }

    /** Returns the name in the diagram of an event's thread or callback. */
    private String actor(RecordedEvent e) {
        boolean callback = is(e, "Wait") && e.getBoolean("callback");
        String who = callback
                ? "callback on " + e.getString("firstKey")
                : e.getThread().getJavaName();
        return actors.computeIfAbsent(who, name -> "T" + actors.size());
    }

    private void line(Instant when, String text) {
        lines.add(new Line(when, text));
    }

    private String text() {
        StringBuilder text = new StringBuilder("sequenceDiagram\n");
        actors.forEach((name, id) -> text.append("    participant ")
                .append(id)
                .append(" as ")
                .append(name)
                .append('\n'));
        lines.sort(Comparator.comparing(Line::when)); // stable: lines of equal times keep their order
        lines.forEach(l -> text.append("    ").append(l.text()).append('\n'));
        return text.toString();
    }
}

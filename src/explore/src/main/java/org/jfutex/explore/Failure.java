package org.jfutex.explore;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A schedule that failed.
 *
 * @param kind what failed
 * @param message the failure in words
 * @param schedule the id of the schedule, for {@link Explorer#replay}
 * @param steps the steps of the schedule
 * @param preemptions the number of switches away from a guest that could have continued
 * @param cause the exception of a guest, or null
 */
public record Failure(
        Kind kind,
        String message,
        String schedule,
        List<ScheduleStep> steps,
        int preemptions,
        @Nullable Throwable cause) {

    /** How many steps of a long schedule the text shows at its beginning, and at its end. */
    private static final int SHOWN = 100;

    /** What failed. */
    public enum Kind {
        /** An {@linkplain Explorer#invariant invariant} was false after a step. */
        INVARIANT,
        /** An {@linkplain Explorer#finallyExpect expectation} was false after the last step. */
        EXPECTATION,
        /** Guests sleep, no guest can run, and no deadline is left. */
        DEADLOCK,
        /** As {@link #DEADLOCK}, and the word of a sleeping guest has changed since it fell asleep. */
        LOST_WAKE,
        /** The guests repeat themselves, or make more steps than permitted, although every guest gets its turn. */
        LIVELOCK,
        /** A guest threw an exception. */
        EXCEPTION,
        /** The sum of what wakes returned is not the number of waits that ended as woken. */
        CONSERVATION
    }

    /** Checks that only the cause is null. */
    public Failure {
        requireNonNull(kind, "kind");
        requireNonNull(message, "message");
        requireNonNull(schedule, "schedule");
        steps = List.copyOf(steps);
    }

    /**
     * Returns a sequence diagram of the steps in the language of Mermaid, which many tools for Markdown display.
     *
     * @return the text of the diagram
     */
    public String mermaid() {
        return MermaidDiagram.of(this);
    }

    /**
     * Returns a page that shows the steps, the words and the queues. Buttons and the keys of the cursor step forward
     * and back. The page is one file, which refers to no other.
     *
     * @return the text of the page
     */
    public String html() {
        return HtmlPage.of(this);
    }

    /**
     * Returns the failure, the id of the schedule, and its steps, one a line. Of a long schedule it shows the first 100
     * and the last 100 steps.
     *
     * @return several lines
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(message).append("\nschedule ").append(schedule).append('\n');
        int width = 1;
        int longest = 1;
        for (ScheduleStep step : steps) {
            width = Math.max(width, step.guest().length());
            longest = Math.max(longest, step.action().length());
        }
        for (int i = 0; i < steps.size(); i++) {
            if (i == SHOWN && steps.size() > 2 * SHOWN) {
                i = steps.size() - SHOWN;
                text.append("      ...\n");
            }
            ScheduleStep step = steps.get(i);
            StringBuilder words = new StringBuilder();
            step.words()
                    .forEach((name, value) ->
                            words.append("  ").append(name).append('=').append(value));
            step.queues()
                    .forEach((name, queue) ->
                            words.append("  ").append(name).append(" queue ").append(queue));
            String line = "%4d  %-" + width + "s  %-" + longest + "s%s%n";
            text.append(String.format(line, i + 1, step.guest(), step.action(), words)
                    .replace("\r\n", "\n"));
        }
        return text.toString();
    }
}

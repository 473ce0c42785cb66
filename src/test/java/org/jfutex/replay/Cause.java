package org.jfutex.replay;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jfutex.memory.KeyRule;

/**
 * A reason why a program has other results under the rule of 2.6.0 than under that of 2.6.28: a step of the lookup that
 * 2.6.0 did not have.
 *
 * <p>Each step can be disabled in the rule of 2.6.28. With both disabled, the recordings show no difference between the
 * two rules. So there is no third cause.
 */
enum Cause {
    /** The lookup of 2.6.28 requests write access first, and so copies the page. */
    COPIED_PAGE("the lookup copies a writable private file page"),

    /** The lookup of 2.6.28 reads the page behind a read-only private mapping: a file page has the file's key. */
    READ_ONLY_PAGE("the lookup reads the page behind a read-only private mapping");

    final String text;

    Cause(String text) {
        this.text = text;
    }

    /** Returns all causes in one line. */
    static String text(Set<Cause> causes) {
        return causes.isEmpty()
                ? "of a cause other than the rule"
                : causes.stream().map(c -> c.text).sorted().collect(Collectors.joining(", and "));
    }

    /**
     * Returns why a program differs under {@link KeyRule#VM_MAYSHARE}: each step that makes it differ when it is
     * disabled in {@link KeyRule#LINUX_2_6_28}.
     *
     * @return the causes; none if the program differs under {@code LINUX_2_6_28} too, or if the causes do not explain
     *     every difference
     */
    static Set<Cause> of(Tally.Run run) {
        Program program = run.program();
        Set<Cause> all = EnumSet.allOf(Cause.class);
        if (!Player.play(program, Rule.of(KeyRule.LINUX_2_6_28)).isEmpty()
                || !Player.play(program, Rule.modernWithout(all)).equals(run.differences())) {
            return Set.of();
        }
        List<Cause> found = new ArrayList<>();
        for (Cause cause : values()) {
            if (!Player.play(program, Rule.modernWithout(EnumSet.of(cause))).isEmpty()) {
                found.add(cause);
            }
        }
        return found.isEmpty() ? all : Set.copyOf(found);
    }
}

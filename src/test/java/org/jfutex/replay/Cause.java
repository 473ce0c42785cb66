package org.jfutex.replay;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jfutex.memory.KeyRule;

/**
 * Why a program answers otherwise under the rule of 2.6.0 than today: what a look-up does today and did not do then.
 *
 * <p>Each can be left out of today's rule. Both left out, today's rule is the rule of 2.6.0 as far as the recordings can tell, which is how
 * we know that there is no third cause.
 */
enum Cause {
    /** Today's look-up asks for write access first, and so copies the page. */
    COPIED_PAGE("the look-up copies a writable private file page"),

    /** Today's look-up of a private page that cannot be written names a file's page by the file and refuses any other. */
    READ_ONLY_PAGE("the look-up looks at the page behind a read-only private mapping");

    final String text;

    Cause(String text) {
        this.text = text;
    }

    /** All the causes in one line. */
    static String text(Set<Cause> causes) {
        return causes.isEmpty()
                ? "of something other than the rule"
                : causes.stream().map(c -> c.text).sorted().collect(Collectors.joining(", and "));
    }

    /**
     * Why a program differs under {@link KeyRule#VM_MAYSHARE}: whatever, left out of {@link KeyRule#LINUX_2_6_28}, makes it differ.
     *
     * @return the causes; none if it differs under today's rule too, or if they do not explain its differences to the letter
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

package org.jfutex.replay;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One line of a recorded program: a command to one actor, and all results until every actor was idle or asleep again.
 *
 * <pre>
 *     B1 wake fileS+0 1 =&gt; 1 ; A2 =&gt; 0        the wake returned 1, and the pending wait of A2 returned 0
 * </pre>
 *
 * <p>A result is {@value #BLOCK}, a number, {@code -ERRNO}, or {@code tid:ACTOR} with the flags of a word that holds a
 * thread id.
 *
 * @param actor the actor that gets the command
 * @param operation the first word of the command
 * @param arguments the other words of the command
 * @param answers the recorded results, including that of {@code actor}
 */
record Step(Actor actor, String operation, List<String> arguments, Map<Actor, String> answers) {

    /** The result of an actor that is asleep. */
    static final String BLOCK = "block";

    private static final String WHO = "[AB][012]";
    private static final String RETURNED = "-?\\d+|-E[A-Z0-9]+|tid:" + WHO + "(?:\\|WAITERS)?(?:\\|DIED)?";
    private static final Pattern LINE = Pattern.compile("(" + WHO + ") ([a-z_]+)((?: [^ =;]\\S*)*) => (" + BLOCK + "|"
            + RETURNED + ")((?: ; " + WHO + " => (?:" + RETURNED + "))*)");
    private static final Pattern LATER = Pattern.compile(" ; (" + WHO + ") => (\\S+)");

    /**
     * Parses one line.
     *
     * @throws IllegalArgumentException if the line does not follow the grammar
     */
    static Step parse(String line) {
        Matcher m = LINE.matcher(line);
        if (!m.matches()) {
            throw new IllegalArgumentException("the line is not a step of a recording");
        }
        Actor actor = Actor.valueOf(m.group(1));
        Map<Actor, String> answers = new EnumMap<>(Actor.class);
        answers.put(actor, m.group(4));
        for (Matcher later = LATER.matcher(m.group(5)); later.find(); ) {
            if (answers.put(Actor.valueOf(later.group(1)), later.group(2)) != null) {
                throw new IllegalArgumentException(later.group(1) + " has two results");
            }
        }
        String arguments = m.group(3).strip();
        return new Step(
                actor,
                m.group(2),
                arguments.isEmpty() ? List.of() : List.of(arguments.split(" ")),
                Map.copyOf(answers));
    }
}

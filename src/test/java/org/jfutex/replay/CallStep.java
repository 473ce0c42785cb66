package org.jfutex.replay;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One line of a recorded program of raw system calls: a call of one caller, and all results until every caller was idle
 * or asleep again.
 *
 * <pre>
 *     CALLER sys NUMBER A0 A1 A2 A3 A4 A5 [short] STORE... =&gt; RESULT     a system call; sys32 for one of 32 bits
 *     CALLER peek ADDRESS =&gt; RESULT                                      reads a word
 *     CALLER poke STORE... =&gt; RESULT                                     only stores
 *     CALLER return | exit | exitgroup | exec | fork =&gt; RESULT          return ends a signal handler
 *     - setprio CALLER PRIORITY | signal CALLER restart | signal CALLER plain =&gt; 0
 *     - stop PROCESS | cont PROCESS | elapse =&gt; 0
 * </pre>
 *
 * <p>The stores precede the call: {@code d@ADDRESS=V} of 32 bits, {@code q@ADDRESS=V} of 64 bits, {@code ts@ADDRESS=T}
 * and {@code ts32@ADDRESS=T} of a timespec. V is a number, or {@code TID:CALLER:FLAGS}. T is {@code RAW:SECONDS:NANOS},
 * {@code REL+NANOS}, or {@code MONO+NANOS} and {@code REAL+NANOS} since the start of the program. {@code v=V} is a
 * thread id that replaces the third argument.
 *
 * <p>{@code short} means that the call itself times out within the step. A result is {@code block}, {@code gone}, a
 * negative errno, {@code TID:CALLER:FLAGS}, or a number. {@code ; CALLER/DEPTH => RESULT} is a later result of another
 * call, below that number of signal handlers. Numbers are hexadecimal, except those of system calls and errnos.
 *
 * @param caller the caller, null for a step of the recorder itself
 * @param verb the kind of the step
 * @param arguments the other words of the step, without stores
 * @param isShort whether the call times out within the step
 * @param stores the stores before the call
 * @param owner the thread id that replaces the third argument, or null
 * @param answers the results by {@code CALLER/DEPTH}; the result of the step itself has an empty key
 */
record CallStep(
        @Nullable Caller caller,
        String verb,
        List<String> arguments,
        boolean isShort,
        List<Stored> stores,
        Stored.@Nullable Owner owner,
        Map<String, String> answers) {

    /** The result of a call that sleeps. */
    static final String BLOCK = "block";

    /** The result of a caller that no longer exists. */
    static final String GONE = "gone";

    private static final Map<String, Integer> CALLER_VERBS = Map.of(
            "sys", 7, "sys32", 7, "peek", 1, "poke", 0, "return", 0, "exit", 0, "exitgroup", 0, "exec", 0, "fork", 0);
    private static final Map<String, Integer> OWN_VERBS =
            Map.of("setprio", 2, "signal", 2, "stop", 1, "cont", 1, "elapse", 0);

    private static final String RESULT = "-?[0-9a-f]+|TID:[A-E]\\d:[0-9a-f]+|" + BLOCK + "|" + GONE;
    private static final Pattern LATER = Pattern.compile("([A-E]\\d/\\d) => (" + RESULT + ")");

    /**
     * Parses one line.
     *
     * @throws IllegalArgumentException if the line does not follow the grammar
     */
    static CallStep parse(String line) {
        String[] sides = line.split(" => ", 2);
        String[] head = sides[0].split(" ", -1);
        if (sides.length < 2 || head.length < 2) {
            throw new IllegalArgumentException("the line is not a step of a recording");
        }
        List<String> arguments = new ArrayList<>();
        List<Stored> stores = new ArrayList<>();
        Stored.Owner owner = null;
        boolean isShort = false;
        for (String word : List.of(head).subList(2, head.length)) {
            if (word.startsWith("v=")) {
                owner = Stored.owner(0, word.substring(2));
            } else if (word.contains("@")) {
                stores.add(Stored.parse(word));
            } else if (word.equals("short")) {
                isShort = true;
            } else {
                arguments.add(word);
            }
        }
        Caller caller = head[0].equals("-") ? null : Caller.valueOf(head[0]);
        Integer count = (caller == null ? OWN_VERBS : CALLER_VERBS).get(head[1]);
        if (count == null || count != arguments.size()) {
            throw new IllegalArgumentException(head[1] + " is no step with " + arguments.size() + " arguments");
        }
        return new CallStep(caller, head[1], arguments, isShort, stores, owner, answers(sides[1]));
    }

    private static Map<String, String> answers(String text) {
        String[] all = text.split(" ; ", -1);
        if (!all[0].matches(RESULT)) {
            throw new IllegalArgumentException(all[0] + " is not a result");
        }
        Map<String, String> answers = new HashMap<>(Map.of("", all[0]));
        for (String later : List.of(all).subList(1, all.length)) {
            Matcher m = LATER.matcher(later);
            if (!m.matches() || answers.put(m.group(1), m.group(2)) != null) {
                throw new IllegalArgumentException(later + " is not another result");
            }
        }
        return answers;
    }

    /** Returns an argument that is a hexadecimal number of up to 64 bits. */
    long argument(int index) {
        return Long.parseUnsignedLong(arguments.get(index), 16);
    }

    /** Formats results as lines have them. */
    static String text(Map<String, String> answers) {
        StringBuilder text = new StringBuilder(answers.getOrDefault("", "nothing"));
        answers.keySet().stream()
                .filter(who -> !who.isEmpty())
                .sorted()
                .forEach(who -> text.append(" ; ").append(who).append(" => ").append(answers.get(who)));
        return text.toString();
    }
}

package org.jfutex.replay;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A sequence diagram in the language of Mermaid, of a recorded program or of a flight recording.
 *
 * <p>A bar is the sleep of an actor. A solid arrow leads from the acting actor to the sleeping actor that returned. A
 * command that ends no sleep is a note.
 *
 * <pre>
 *     mvn -q test-compile exec:java -Dexec.mainClass=org.jfutex.replay.SequenceDiagram -Dexec.args="FILE SEED"
 *     mvn -q test-compile exec:java -Dexec.mainClass=org.jfutex.replay.SequenceDiagram -Dexec.args="FILE.jfr"
 * </pre>
 */
public final class SequenceDiagram {

    private final StringBuilder text = new StringBuilder("sequenceDiagram\n");
    private final Map<Actor, String> asleep = new EnumMap<>(Actor.class);

    private SequenceDiagram() {}

    /**
     * Prints the diagram of one program of a file, or of a flight recording.
     *
     * @param args the file, and the number of the program if the file holds several
     * @throws IOException if the file cannot be read
     */
    public static void main(String[] args) throws IOException {
        if (args.length == 1) {
            System.out.print(JfrDiagram.of(Path.of(args[0])));
            return;
        }
        for (Program p : Recording.file(args[0]).programs()) {
            if (p.seed().equals(args[1])) {
                System.out.print(of(p));
            }
        }
    }

    static String of(Program program) {
        SequenceDiagram d = new SequenceDiagram();
        Set<Actor> actors = EnumSet.noneOf(Actor.class);
        for (String line : program.lines()) {
            actors.addAll(Step.parse(line).answers().keySet());
        }
        actors.forEach(a -> d.line("participant " + a));
        for (String line : program.lines()) {
            d.draw(Step.parse(line));
        }
        d.asleep.forEach((actor, command) -> {
            d.line("Note over " + actor + ": still asleep");
            d.line("deactivate " + actor);
        });
        return d.text.toString();
    }

    private void draw(Step step) {
        Actor actor = step.actor();
        String command =
                step.operation() + step.arguments().stream().map(a -> " " + a).collect(Collectors.joining());
        String answer = step.answers().get(actor);
        Set<Actor> woken = EnumSet.copyOf(step.answers().keySet());
        woken.remove(actor);
        if (Step.BLOCK.equals(answer)) {
            line("Note over " + actor + ": " + command);
            line("activate " + actor);
            asleep.put(actor, command);
        } else if (woken.isEmpty()) {
            line("Note over " + actor + ": " + command + " = " + answer);
        }
        boolean first = true;
        for (Actor other : woken) {
            line(actor + "->>" + other + ": " + (first ? command + " = " + answer : "... and"));
            line("Note over " + other + ": " + asleep.remove(other) + " = "
                    + step.answers().get(other));
            line("deactivate " + other);
            first = false;
        }
    }

    private void line(String line) {
        text.append("    ").append(line).append('\n');
    }
}

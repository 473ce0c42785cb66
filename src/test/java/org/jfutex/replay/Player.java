package org.jfutex.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jfutex.memory.KeyRule;
import org.jspecify.annotations.Nullable;

/** Runs recorded programs on a stage and collects every step whose results differ from the recorded ones. */
final class Player {

    private Player() {}

    /** Replays all programs and shows a progress bar. */
    static Tally play(Recording recording, Stage stage) {
        Tally tally = new Tally(recording.name());
        try (ProgressBar bar =
                new ProgressBar(recording.name(), recording.programs().size())) {
            for (Program program : recording.programs()) {
                tally.add(run(program, stage));
                bar.step();
            }
        }
        return tally;
    }

    /** Replays all steps, even those after a difference. */
    static List<Difference> play(Program program, Stage stage) {
        return run(program, stage).differences();
    }

    /** Replays a program up to its end, or up to a step whose results the kernel leaves to chance. */
    private static Tally.Run run(Program program, Stage stage) {
        Machine machine;
        try {
            machine = machine(program.kind(), stage);
        } catch (IllegalArgumentException unknown) {
            machine = line -> nothing(unknown);
        }
        List<Difference> differences = new ArrayList<>();
        int number = 0;
        for (String line : program.lines()) {
            number++;
            String got;
            try {
                got = machine.difference(line);
            } catch (RuntimeException refusal) {
                got = nothing(refusal);
            }
            Exemption exemption = got.isEmpty() ? null : machine.exemption();
            if (exemption != null) {
                return new Tally.Run(program, differences, number - 1, exemption);
            }
            if (!got.isEmpty()) {
                differences.add(new Difference(program, number, line, got));
            }
        }
        return new Tally.Run(program, differences, number, null);
    }

    /** Returns the machine for a kind of program. */
    private static Machine machine(String kind, Stage stage) {
        if (CallWorld.KINDS.contains(kind)) {
            return new CallWorld(kind, stage instanceof Rule rule ? rule.keys() : KeyRule.LINUX_2_6_28);
        }
        World world = new World(stage, kind);
        return line -> {
            Step step = Step.parse(line);
            Map<Actor, String> answers = world.perform(step);
            return answers.equals(step.answers()) ? "" : text(step.actor(), answers);
        };
    }

    /**
     * The callers of one program and the state of their world. A program of raw system calls changes mappings at
     * addresses of its own, so it uses only the key rule of a stage.
     */
    interface Machine {

        /** Executes a line. Returns the results if they differ from the recorded ones, otherwise an empty string. */
        String difference(String line);

        /** Returns why the kernel may differ in the latest step; null if it may not. */
        default @Nullable Exemption exemption() {
            return null;
        }
    }

    private static String nothing(RuntimeException refusal) {
        return "nothing: " + refusal.getMessage();
    }

    private static String text(Actor first, Map<Actor, String> answers) {
        return answers.get(first)
                + new TreeMap<>(answers)
                        .entrySet().stream()
                                .filter(e -> e.getKey() != first)
                                .map(e -> " ; " + e.getKey() + " => " + e.getValue())
                                .collect(Collectors.joining());
    }
}

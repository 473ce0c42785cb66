package org.jfutex.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Runs recorded programs on a stage and collects every step whose results differ from the recorded ones. */
final class Player {

    private Player() {}

    /** Replays all programs and shows a progress bar. */
    static Tally play(Recording recording, Stage stage) {
        Tally tally = new Tally(recording.name());
        try (ProgressBar bar =
                new ProgressBar(recording.name(), recording.programs().size())) {
            for (Program program : recording.programs()) {
                tally.add(new Tally.Run(program, play(program, stage)));
                bar.step();
            }
        }
        return tally;
    }

    /** Replays all steps, even those after a difference. */
    static List<Difference> play(Program program, Stage stage) {
        World world = null;
        String refusal = "";
        try {
            world = new World(stage, program.kind());
        } catch (IllegalArgumentException unknown) {
            refusal = nothing(unknown);
        }
        List<Difference> differences = new ArrayList<>();
        int number = 0;
        for (String line : program.lines()) {
            number++;
            String got = world == null ? refusal : difference(line, world);
            if (!got.isEmpty()) {
                differences.add(new Difference(program, number, line, got));
            }
        }
        return differences;
    }

    /** Returns the results of a step if they differ from the recorded ones, otherwise an empty string. */
    private static String difference(String line, World world) {
        try {
            Step step = Step.parse(line);
            Map<Actor, String> answers = world.perform(step);
            return answers.equals(step.answers()) ? "" : text(step.actor(), answers);
        } catch (RuntimeException refusal) {
            return nothing(refusal);
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

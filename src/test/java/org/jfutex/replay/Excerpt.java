package org.jfutex.replay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * As much of a recording as can be played on a stage.
 *
 * <p>A step about regions that the stage has not is left out, which changes no later answer, since words of different objects never meet. A program
 * ends before the first step that makes them meet: one that names words of both sides, or a lock that its owner already waits for through others.
 * Programs that hand lists of words to the kernel, or change mappings, are played whole or not at all.
 */
public final class Excerpt {

    /** The recordings that come along. */
    public static final List<String> NAMES =
            List.of("core", "written", "full-sample", "vm-sample", "pi-sample", "requeue_pi-sample", "robust-sample");

    private static final Set<String> WHOLE = Set.of("vm", "robust");
    private static final String CHAIN = "-EDEADLK";
    private static final int SHOWN = 5;

    private final Recording recording;
    private final Stage stage;
    private final List<Program> programs;

    private Excerpt(Recording recording, Stage stage) {
        this.recording = recording;
        this.stage = stage;
        this.programs = recording.programs().stream()
                .map(this::cut)
                .filter(p -> !p.lines().isEmpty())
                .toList();
    }

    /**
     * What of a recording can be played.
     *
     * @param name one of {@link #NAMES}
     * @param stage where it will be played
     * @return some steps of it, all, or none
     */
    public static Excerpt of(String name, Stage stage) {
        try {
            return new Excerpt(Recording.builtIn(name + ".txt.gz"), stage);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * How many programs can be played, in part at least.
     *
     * @return their number
     */
    public int programs() {
        return programs.size();
    }

    /**
     * How many steps can be played.
     *
     * @return their number
     */
    public int steps() {
        return steps(programs);
    }

    /**
     * Plays it.
     *
     * @return the steps that answered otherwise than the kernel, each in words; the first few if there are many
     */
    public List<String> play() {
        return programs.stream()
                .flatMap(p -> Player.play(p, stage).stream())
                .limit(SHOWN)
                .map(Difference::toString)
                .toList();
    }

    @Override
    public String toString() {
        List<Program> all = recording.programs();
        return String.format(
                "%s: %,d of %,d programs, %,d of %,d steps",
                recording.name().replaceFirst("\\..*", ""), programs(), all.size(), steps(), steps(all));
    }

    private static int steps(List<Program> programs) {
        return programs.stream().mapToInt(p -> p.lines().size()).sum();
    }

    private Program cut(Program program) {
        List<String> lines = new ArrayList<>();
        boolean whole = true;
        for (String line : program.lines()) {
            List<Region> regions = regions(line);
            if (regions.stream().allMatch(this::has) && (whole || !line.contains(CHAIN))) {
                lines.add(line);
            } else if (regions.stream().anyMatch(this::touches)) {
                whole = false;
                break;
            } else {
                whole = false;
            }
        }
        boolean all = WHOLE.contains(program.kind());
        boolean plays = program.kind().equals("vm") ? whole && stage instanceof MappingStage : whole || !all;
        return new Program(program.kind(), program.seed(), plays ? lines : List.of());
    }

    private boolean has(Region region) {
        return stage.address(region) != null;
    }

    /** Whether a region's words may be in a region of the stage, too. */
    private boolean touches(Region region) {
        return Arrays.stream(Region.values()).anyMatch(r -> has(r) && r.object.equals(region.object));
    }

    /** The regions that a step names. */
    private static List<Region> regions(String line) {
        String command = line.substring(0, line.indexOf(" => "));
        return Arrays.stream(Region.values())
                .filter(r -> Arrays.stream(command.split(" "))
                        .anyMatch(w -> w.equals(r.label) || w.startsWith(r.label + "+")))
                .toList();
    }
}

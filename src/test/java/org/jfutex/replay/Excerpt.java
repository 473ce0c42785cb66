package org.jfutex.replay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The part of a recording that can be played on a stage.
 *
 * <p>A step on regions that the stage does not have is omitted. That changes no later result, because words of
 * different objects have different keys. A program ends before the first step that uses both played and omitted words,
 * or a lock chain that includes omitted ones. Programs that pass lists of words to the kernel, or change mappings, are
 * played completely or not at all.
 */
public final class Excerpt {

    /** The recordings that are part of the tests. */
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
     * Returns the part of a recording that can be played on a stage.
     *
     * @param name one of {@link #NAMES}
     * @param stage the stage on which it will be played
     * @return an excerpt with some steps of the recording, all of them, or none
     */
    public static Excerpt of(String name, Stage stage) {
        try {
            return new Excerpt(Recording.builtIn(name + ".txt.gz"), stage);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns the number of programs that can be played, at least in part.
     *
     * @return the number of programs
     */
    public int programs() {
        return programs.size();
    }

    /**
     * Returns the number of steps that can be played.
     *
     * @return the number of steps
     */
    public int steps() {
        return steps(programs);
    }

    /**
     * Plays the excerpt.
     *
     * @return descriptions of the steps whose results differ from the kernel's; only the first few if there are many
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

    /** Returns whether a region of the stage maps the object of this region. */
    private boolean touches(Region region) {
        return Arrays.stream(Region.values()).anyMatch(r -> has(r) && r.object.equals(region.object));
    }

    /** Returns the regions that a step uses. */
    private static List<Region> regions(String line) {
        String command = line.substring(0, line.indexOf(" => "));
        return Arrays.stream(Region.values())
                .filter(r -> Arrays.stream(command.split(" "))
                        .anyMatch(w -> w.equals(r.label) || w.startsWith(r.label + "+")))
                .toList();
    }
}

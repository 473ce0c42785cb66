package org.jfutex.replay;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jfutex.memory.KeyRule;

/**
 * The main program of the tests: it replays recorded kernel programs and prints the steps whose results differ.
 *
 * <pre>
 *     mvn -q test-compile exec:java
 *         the recordings of the tests, and the example of the mail of 2 September 2003
 *     mvn -q test-compile exec:java -Dexec.args="[--rule RULE] FILE ..."
 *         other recordings, gzipped or plain
 * </pre>
 *
 * <p>The default rule is {@code linux_2_6_28}, that of the recorded kernel. {@code vm_mayshare} and {@code vm_shared}
 * are older. The exit status is 1 if there is a difference, or a file cannot be read.
 *
 * <p>One difference is known, in about one program of some thousands: if two words share a bucket of the kernel's hash,
 * a requeue between them leaves the waiters at their positions. The replay appends them to the target's queue. Programs
 * of raw system calls end early at a step that the kernel leaves to chance, see {@link Exemption}.
 */
public final class Replay {

    private static final List<String> BUILT_IN = List.of("core.txt.gz", "written.txt.gz");
    private static final int SHOWN = 5;

    private final PrintStream out;
    private boolean failed;

    Replay(PrintStream out) {
        this.out = out;
    }

    /**
     * Runs the program.
     *
     * @param args the arguments, see the class
     */
    public static void main(String[] args) {
        int status = new Replay(System.out).run(List.of(args));
        System.out.flush();
        if (status != 0) {
            System.exit(status);
        }
    }

    /** Runs the program. Returns the exit status. */
    int run(List<String> args) {
        try {
            if (args.isEmpty()) {
                tour();
            } else {
                files(new ArrayList<>(args));
            }
        } catch (IOException | IllegalArgumentException | InterruptedException e) {
            out.println("replay: " + e);
            failed = true;
        }
        return failed ? 1 : 0;
    }

    private void files(List<String> args) throws IOException {
        KeyRule rule = KeyRule.LINUX_2_6_28;
        if (args.get(0).equals("--rule")) {
            args.remove(0);
            rule = KeyRule.valueOf(args.isEmpty() ? "" : args.remove(0).toUpperCase(Locale.ROOT));
        }
        if (args.isEmpty()) {
            for (String name : BUILT_IN) {
                report(Recording.builtIn(name), rule);
            }
        }
        for (String path : args) {
            try {
                report(Recording.file(path), rule);
            } catch (IOException e) {
                out.println(path + " cannot be read: " + e);
                failed = true;
            }
        }
    }

    private void tour() throws IOException, InterruptedException {
        List<Recording> recordings = new ArrayList<>();
        for (String name : BUILT_IN) {
            recordings.add(Recording.builtIn(name));
        }
        out.println("Programs recorded on Linux 6.18, replayed under its own key rule (linux_2_6_28):");
        for (Recording recording : recordings) {
            report(recording, KeyRule.LINUX_2_6_28);
        }
        out.println();
        out.println("These programs under the key rule of 2.6.0, the library's default (vm_mayshare):");
        for (Recording recording : recordings) {
            failed |= !explain(Player.play(recording, Rule.of(KeyRule.VM_MAYSHARE)));
        }
        out.println();
        failed |= !Story.tell(out);
        out.println();
        failed |= !Counting.to(1_000_000, out);
    }

    /** Replays a recording. Prints its counts, its first differences, and those causes that lie in the rule. */
    private void report(Recording recording, KeyRule rule) {
        Tally tally = Player.play(recording, Rule.of(rule));
        out.println(tally);
        List<Difference> differences = tally.differences();
        differences.stream().limit(SHOWN).forEach(out::println);
        failed |= !differences.isEmpty();
        if (rule == KeyRule.VM_MAYSHARE && !differences.isEmpty()) {
            explain(tally);
        }
    }

    /** Prints the programs that differ under the default rule, and the causes. Returns whether all causes are known. */
    private boolean explain(Tally tally) {
        Map<String, List<String>> seeds = new TreeMap<>();
        boolean known = true;
        for (Tally.Run run : tally.differing()) {
            Set<Cause> causes = Cause.of(run);
            known &= !causes.isEmpty();
            seeds.computeIfAbsent(Cause.text(causes), text -> new ArrayList<>())
                    .add(run.program().seed());
        }
        out.printf(
                "%-20s %d of %d programs differ, in %d of %d steps%n",
                tally.name(),
                tally.differing().size(),
                tally.programs(),
                tally.differences().size(),
                tally.steps());
        seeds.forEach((text, which) ->
                out.printf("%24d because %s: seeds %s%n", which.size(), text, String.join(" ", which)));
        return known;
    }
}

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
 * Replays recorded kernel programs and tells where we answer otherwise.
 *
 * <pre>
 *     mvn -q test-compile exec:java                                        the recordings that come with the tests, and the mail's story
 *     mvn -q test-compile exec:java -Dexec.args="[--rule RULE] FILE ..."   other recordings, gzipped or plain
 * </pre>
 *
 * <p>The rule is {@code modern} unless given, which is what the recorded kernel does; {@code vm_mayshare} and {@code vm_shared} are older. The
 * exit status is 1 if there is any difference, or a file that cannot be read.
 *
 * <p>One program in some thousands asks what no address space can answer: Linux reads the word of a private PI operation without having
 * looked it up, and if it is not resident asks for write access. So in a read-only mapping such an operation fails with EFAULT if its
 * process has not touched the page before, and else does whatever the word says. We answer as if all pages were resident. And where two words meet
 * in one bucket of the kernel's hash, a requeue from one to the other leaves waiters in their places; ours puts them behind the others.
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
     * Replays.
     *
     * @param args see the class
     */
    public static void main(String[] args) {
        int status = new Replay(System.out).run(List.of(args));
        System.out.flush();
        if (status != 0) {
            System.exit(status);
        }
    }

    /** Does it all; the exit status. */
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
        out.println("What Linux 6.18 did, replayed under its own rule for naming words (modern):");
        for (Recording recording : recordings) {
            report(recording, KeyRule.LINUX_2_6_28);
        }
        out.println();
        out.println("The same under the rule of 2.6.0, our default (vm_mayshare):");
        for (Recording recording : recordings) {
            failed |= !explain(Player.play(recording, Rule.of(KeyRule.VM_MAYSHARE)));
        }
        out.println();
        failed |= !Story.tell(out);
        out.println();
        failed |= !Counting.to(1_000_000, out);
    }

    /** Replays a recording and prints its line, its first differences, and their causes as far as a rule is the cause. */
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

    /** Prints which programs differ under the default rule, and why; says whether it knows. */
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

package org.jfutex.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.jfutex.memory.KeyRule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayTest {

    private static final Rule MODERN = Rule.of(KeyRule.LINUX_2_6_28);

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @TempDir
    Path folder;

    /** A thousand programs of each kind, except one whose result depends on resident pages. */
    @ParameterizedTest
    @ValueSource(
            strings = {"core", "written", "whole/full", "whole/vm", "whole/pi", "whole/requeue_pi", "whole/robust"})
    void allResults_equalTheKernels(String name) throws IOException {
        Tally tally = Player.play(recording(name), MODERN);
        assertEquals(name.endsWith("requeue_pi") ? 999 : 1000, tally.programs());
        assertEquals(List.of(), tally.differences());
    }

    /** Programs of raw system calls. The numbers of programs that end early are those of the recordings. */
    @ParameterizedTest
    @CsvSource({"args,0,0", "prio,0,1", "signal,0,0", "death,0,0", "vm2,1,0", "fork,3,0"})
    void systemCalls_equalTheKernels(String name, int counted, int late) throws IOException {
        Tally tally = Player.play(recording("calls/" + name), MODERN);
        assertEquals(name.equals("fork") ? 500 : 750, tally.programs());
        assertEquals(List.of(), tally.differences());
        assertEquals(counted, tally.exemptions().getOrDefault(Exemption.CHANGED_THREAD_ID, 0));
        assertEquals(late, tally.exemptions().getOrDefault(Exemption.LATE_RELATIVE_TIMEOUT, 0));
        assertEquals(
                counted + late,
                tally.exemptions().values().stream().mapToInt(n -> n).sum());
    }

    @Test
    void falsifiedSystemCalls_areDifferences() throws IOException {
        Random random = new Random(1);
        for (String name : List.of("args", "prio", "signal", "death", "vm2", "fork")) {
            for (Program program : recording("calls/" + name).programs().subList(0, 100)) {
                List<String> lines = new ArrayList<>(program.lines());
                int i = random.nextInt(lines.size());
                String falsified = lines.get(i).replaceFirst("=> \\S+", "=> -999");
                lines.set(i, falsified);
                List<Difference> differences = Player.play(new Program(program.kind(), program.seed(), lines), MODERN);
                assertEquals(1, differences.size(), falsified);
                assertEquals(i + 1, differences.get(0).step());
            }
        }
    }

    @Test
    void defaultRule_copiedPages_makeSomeProgramsDiffer() throws IOException {
        assertEquals(EnumSet.of(Cause.COPIED_PAGE), causes(recording("core")));
        assertEquals(EnumSet.of(Cause.COPIED_PAGE), causes(recording("written")));
    }

    @Test
    void defaultRule_readOnlyPages_makeSomeProgramsDiffer() throws IOException {
        assertEquals(EnumSet.allOf(Cause.class), causes(recording("vm-sample")));
    }

    @Test
    void falsifiedResults_areTheOnlyDifferences() throws IOException {
        Random random = new Random(1);
        for (Program program : recording("core").programs().subList(0, 200)) {
            List<String> lines = new ArrayList<>(program.lines());
            int i = random.nextInt(lines.size());
            String falsified = lines.get(i).replaceFirst("=> \\S+", "=> -EPERM");
            lines.set(i, falsified);
            Program wrong = new Program(program.kind(), program.seed(), lines);
            List<Difference> differences = Player.play(wrong, MODERN);
            assertEquals(1, differences.size(), falsified);
            assertEquals(i + 1, differences.get(0).step());
        }
    }

    @Test
    void wrongResult_isADifference_andStatusOne() throws IOException {
        Path file = file("program core 7\nA0 wake anonP+0 1 => 0\nA1 wake anonP+0 1 => 1 ; B0 => 0\n");
        assertEquals(1, run(file.toString()));
        String text = printed.toString(UTF_8);
        assertTrue(
                text.lines().anyMatch(line -> line.endsWith(" 2 steps        1 agreements      1 differences")), text);
        assertTrue(
                text.contains(
                        "program core 7, step 2: A1 wake anonP+0 1\n    expected  1 ; B0 => 0\n    got       0\n"),
                text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "A0 dance anonP+0 => 0",
                "A0 wake anonP+0 1 gently => 0",
                "# runner failed 256",
                "program core seven",
                "A0 wake anonP+0 1",
                ""
            })
    void unknownLine_isADifference(String line) throws IOException {
        assertEquals(
                1,
                run(file("program core 7\nA0 wake anonP+0 1 => 0\n" + line + "\n")
                        .toString()));
        assertTrue(printed.toString(UTF_8).contains(" 1 differences"));
    }

    @Test
    void stepOfAnUnknownKind_isADifference() throws IOException {
        assertEquals(1, run(file("program dance 7\nA0 wake anonP+0 1 => 0\n").toString()));
        assertTrue(printed.toString(UTF_8).contains(" 1 differences"));
    }

    @Test
    void commandToASleepingOrExitedActor_isADifference() throws IOException {
        Path file = file("""
                program core 7
                A0 wait anonP+0 0 => block
                A0 load anonP+0 => 0
                A1 exit => 0
                A1 load anonP+0 => 0
                """);
        assertEquals(1, run(file.toString()));
        assertTrue(printed.toString(UTF_8).contains(" 2 differences"));
    }

    @Test
    void compressedAndPlainFiles_areRead_statusZero() throws IOException {
        String text = "program core 7\nA0 wake anonP+0 1 => 0\n";
        Path packed = folder.resolve("packed");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write(text.getBytes(UTF_8));
        }
        assertEquals(0, run(packed.toString(), file(text).toString()));
        assertEquals(
                2,
                printed.toString(UTF_8)
                        .lines()
                        .filter(line -> line.endsWith(" 0 differences"))
                        .count());
    }

    @Test
    void unreadableFile_isAnError_otherFilesAreReplayed() throws IOException {
        Path good = file("program core 7\nA0 wake anonP+0 1 => 0\n");
        assertEquals(1, run(folder.resolve("missing").toString(), good.toString()));
        assertTrue(printed.toString(UTF_8).contains("missing cannot be read"));
        assertTrue(printed.toString(UTF_8).contains(" 0 differences"));
        assertEquals(1, run(folder.toString()));
        assertEquals(1, run(file("").toString()));
        assertEquals(1, run(file("something else\n").toString()));
        assertEquals(1, run("--rule", "nonsense"));
        assertEquals(1, run("--rule"));
    }

    @Test
    void truncatedCompressedFile_isAnError() throws IOException {
        byte[] whole = ReplayTest.class.getResourceAsStream("core.txt.gz").readAllBytes();
        Path file = folder.resolve("cut.gz");
        Files.write(file, Arrays.copyOf(whole, whole.length / 2));
        assertEquals(1, run(file.toString()));
        assertTrue(printed.toString(UTF_8).contains("cannot be read"));
    }

    @Test
    void olderRule_explainsItsDifferences() {
        assertEquals(1, run("--rule", "vm_mayshare"));
        assertTrue(printed.toString(UTF_8).contains("12 because " + Cause.COPIED_PAGE.text));
        assertFalse(printed.toString(UTF_8).contains("a cause other than the rule"));
    }

    @Test
    void wrongRecording_isNotExplainedByTheOlderRule() throws IOException {
        Path file = file("program core 7\nA0 wake anonP+0 1 => 1\n");
        assertEquals(1, run("--rule", "vm_mayshare", file.toString()));
        assertTrue(printed.toString(UTF_8).contains("1 because of a cause other than the rule: seeds 7"));
    }

    @Test
    void story_endsAsTheMailDemands_inTenLines() {
        assertTrue(Story.tell(new PrintStream(printed, true, UTF_8)));
        String text = printed.toString(UTF_8);
        assertEquals(10, text.lines().count());
        assertTrue(text.contains("page key (2002)   wakes 2: A ran, B ran"), text);
        assertTrue(text.contains("page key (2002)   wakes 1: A ran, B sleeps"), text);
    }

    @Test
    void twoProcesses_countTogetherInAFile() throws Exception {
        assertTrue(Counting.to(20_000, new PrintStream(printed, true, UTF_8)));
    }

    private static Recording recording(String name) throws IOException {
        return Recording.builtIn(name + ".txt.gz");
    }

    private static Set<Cause> causes(Recording recording) {
        Tally tally = Player.play(recording, Rule.of(KeyRule.VM_MAYSHARE));
        Set<Cause> all = EnumSet.noneOf(Cause.class);
        for (Tally.Run run : tally.differing()) {
            Set<Cause> causes = Cause.of(run);
            assertFalse(causes.isEmpty(), run::toString);
            all.addAll(causes);
        }
        return all;
    }

    private Path file(String text) throws IOException {
        return Files.writeString(Files.createTempFile(folder, "recording", ".txt"), text);
    }

    private int run(String... args) {
        return new Replay(new PrintStream(printed, true, UTF_8)).run(List.of(args));
    }
}

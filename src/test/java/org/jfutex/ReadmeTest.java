package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.apiguardian.api.API;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The README's Java is a promise: every class in it compiles, and every program says what the README says. */
class ReadmeTest {

    private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern NAME = Pattern.compile("public (?:final )?class (\\w+)");

    /** What the programs print, as the README says beside them. */
    private static final Map<String, List<String>> SAID = Map.of(
            "Hello", List.of("ready: 42"),
            "Emulator", List.of("-11"),
            "Runtime64K", List.of("1", "2", "0", "0"),
            "Counters", List.of("1"),
            "TwoOwners", List.of("false", "true"),
            "HourTest", List.of("TIMED_OUT"));

    @TempDir
    Path folder;

    @Test
    void theFirstSnippetIsHello() throws IOException {
        assertEquals("Hello", name(snippets().get(0)));
    }

    @TestFactory
    Stream<DynamicTest> everySnippetCompilesAndThoseThatAreProgramsSayWhatTheySay() throws IOException {
        List<String> snippets = snippets();
        assertTrue(snippets.stream().map(ReadmeTest::name).toList().containsAll(SAID.keySet()));
        return snippets.stream()
                .map(s -> DynamicTest.dynamicTest(name(s), () -> {
                    compile(s);
                    if (s.contains("void main(")) {
                        assertEquals(SAID.get(name(s)), run(name(s)));
                    }
                }));
    }

    private List<String> run(String program) throws Exception {
        var output = new ByteArrayOutputStream();
        PrintStream before = System.out;
        try (var loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, ReadmeTest.class.getClassLoader())) {
            System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
            loader.loadClass(program).getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        } finally {
            System.setOut(before);
        }
        return output.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private void compile(String source) throws IOException {
        Path file = folder.resolve(name(source) + ".java");
        Files.writeString(file, source);
        var messages = new ByteArrayOutputStream();
        int status = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        messages,
                        messages,
                        "-Xlint:all",
                        "-Werror",
                        "-d",
                        folder.toString(),
                        "-cp",
                        classPath(),
                        file.toString());
        assertEquals(0, status, () -> messages.toString(StandardCharsets.UTF_8));
    }

    private static String classPath() {
        return Stream.of(FutexTable.class, ReadmeTest.class, Test.class, API.class)
                .map(c -> Path.of(URI.create(c.getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toString()))
                        .toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static List<String> snippets() throws IOException {
        List<String> all = JAVA.matcher(Files.readString(Path.of("README.md")))
                .results()
                .map((MatchResult r) -> r.group(1))
                .toList();
        assertTrue(all.size() >= 1, "the README shows no Java");
        return all;
    }

    private static String name(String source) {
        var matcher = NAME.matcher(source);
        assertTrue(matcher.find(), () -> "a snippet without a public class:\n" + source);
        return matcher.group(1);
    }
}

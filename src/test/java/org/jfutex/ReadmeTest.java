package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The README's Java is a promise: every class in it compiles, and the first one runs. */
class ReadmeTest {

    private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern NAME = Pattern.compile("public (?:final )?class (\\w+)");

    @TempDir
    Path folder;

    @Test
    void theFirstSnippetRunsAsPrinted() throws Exception {
        String source = snippets().get(0);
        compile(source);
        var output = new ByteArrayOutputStream();
        PrintStream before = System.out;
        try (var loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
            System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
            loader.loadClass(name(source)).getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        } finally {
            System.setOut(before);
        }
        assertEquals("ready: 42", output.toString(StandardCharsets.UTF_8).strip());
    }

    @TestFactory
    Stream<DynamicTest> everySnippetCompiles() throws IOException {
        return snippets().stream().map(s -> DynamicTest.dynamicTest(name(s), () -> compile(s)));
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
                        "-d",
                        folder.toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        file.toString());
        assertEquals(0, status, () -> messages.toString(StandardCharsets.UTF_8));
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

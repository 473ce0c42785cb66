package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.apiguardian.api.API;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Checks the README and the pages. Every block of code is part of a program that compiles without warnings. Every
 * program prints the output that its comments give, and every link leads to a file.
 */
class ReadmeTest {

    private static final Path NEWCOMER = Path.of("src/test/newcomer");
    private static final Path SNIPPETS = Path.of("src/test/snippets");

    private static final Pattern BLOCK = Pattern.compile("```(java|xml)\n(.*?)```", Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)|^\\[\\w+]: (\\S+)", Pattern.MULTILINE);
    private static final Pattern HEADING = Pattern.compile("^#+ (.*)$", Pattern.MULTILINE);
    private static final Pattern VERSION = Pattern.compile("<version>(.*?)</version>");

    /** The expected output of each program. */
    private static final Map<String, List<String>> PRINTED = Map.of(
            "Hello", List.of("ready: 42"),
            "Emulator", List.of("-11"),
            "GuestThreads", List.of("false", "0 0"),
            "Runtime64K", List.of("1", "2", "0", "0"),
            "Counters", List.of("1"),
            "TwoOwners", List.of("false", "true"),
            "HourTest", List.of("TIMED_OUT"));

    @TempDir
    Path folder;

    /** Compiles as a user with {@code -Xlint:all -Werror} does. */
    @TestFactory
    Stream<DynamicTest> snippets_compileAndPrintTheirComments() throws IOException {
        List<Path> programs = programs();
        assertTrue(programs.stream().map(ReadmeTest::name).toList().containsAll(PRINTED.keySet()), programs::toString);
        return programs.stream()
                .map(program -> DynamicTest.dynamicTest(name(program), () -> {
                    compile(program);
                    if (Files.readString(program).contains("void main(")) {
                        assertEquals(PRINTED.get(name(program)), run(name(program)));
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> blockOfCodeIsPartOfAProgram() throws IOException {
        List<List<String>> sources = new ArrayList<>();
        for (Path program : programs()) {
            sources.add(lines(Files.readString(program)));
        }
        sources.add(lines(Files.readString(NEWCOMER.resolve("pom.xml"))));
        sources.add(lines(Files.readString(Path.of("src/explore/src/test/java/example/MyLockTest.java"))));
        List<DynamicTest> tests = new ArrayList<>();
        for (Path page : pages()) {
            BLOCK.matcher(Files.readString(page)).results().forEach(block -> {
                List<String> shown = lines(block.group(2));
                tests.add(DynamicTest.dynamicTest(
                        page + ": " + shown.get(0),
                        () -> assertTrue(
                                sources.stream().anyMatch(source -> Collections.indexOfSubList(source, shown) >= 0),
                                () -> "no program contains these lines of " + page + ":\n" + block.group(2))));
            });
        }
        assertTrue(tests.size() >= 6, tests::toString);
        return tests.stream();
    }

    @Test
    void links_leadToFilesAndHeadings() throws IOException {
        List<String> dead = new ArrayList<>();
        for (Path page : pages()) {
            LINK.matcher(Files.readString(page)).results().forEach(link -> {
                String target = link.group(1) == null ? link.group(2) : link.group(1);
                if (!target.startsWith("http") && !leadsSomewhere(page, target)) {
                    dead.add(page + ": " + target);
                }
            });
        }
        assertEquals(List.of(), dead);
    }

    @Test
    void readme_isShortAndStartsWithEntryPoints() throws IOException {
        List<String> readme = Files.readAllLines(Path.of("README.md"));
        assertTrue(readme.size() <= 200, () -> readme.size() + " lines");
        String start = String.join("\n", readme.subList(0, 20));
        for (String part : List.of("`org.jfutex.linux`", "`org.jfutex.wasm`", "`org.jfutex.sync`", "`org.jfutex`")) {
            assertTrue(start.contains(part), part);
        }
        assertTrue(start.contains("live in one JVM"), start);
    }

    @Test
    void gradleLine_hasVersionOfNewcomersPom() throws IOException {
        String pom = Files.readString(NEWCOMER.resolve("pom.xml"));
        String version = VERSION.matcher(pom.substring(pom.indexOf("org.jfutex")))
                .results()
                .findFirst()
                .orElseThrow()
                .group(1);
        assertTrue(Files.readString(Path.of("README.md")).contains("(\"org.jfutex:jfutex:" + version + "\")"), version);
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

    private void compile(Path program) {
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
                        program.toString());
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

    private static boolean leadsSomewhere(Path page, String target) {
        String[] parts = target.split("#", -1);
        Path file = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
        try {
            return Files.exists(file)
                    && (parts.length == 1
                            || HEADING.matcher(Files.readString(file))
                                    .results()
                                    .anyMatch(
                                            heading -> anchor(heading.group(1)).equals(parts[1])));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String anchor(String heading) {
        return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\w\\- ]", "").replace(' ', '-');
    }

    private static List<Path> programs() throws IOException {
        List<Path> all = new ArrayList<>(javaFiles(NEWCOMER));
        all.addAll(javaFiles(SNIPPETS));
        return all;
    }

    private static List<Path> javaFiles(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(f -> f.toString().endsWith(".java")).sorted().toList();
        }
    }

    /** Returns all pages for readers. */
    private static List<Path> pages() throws IOException {
        List<Path> all =
                new ArrayList<>(List.of(Path.of("README.md"), Path.of("jmh/README.md"), Path.of("jcstress/README.md")));
        for (Path root : List.of(Path.of(".github"), Path.of("src/site/markdown"))) {
            try (Stream<Path> files = Files.list(root)) {
                files.filter(f -> f.toString().endsWith(".md")).sorted().forEach(all::add);
            }
        }
        return all;
    }

    /** Returns the lines that are not blank, without their indentation. */
    private static List<String> lines(String text) {
        return text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }

    private static String name(Path program) {
        return program.getFileName().toString().replace(".java", "");
    }
}

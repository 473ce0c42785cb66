package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Counts lines that are hard to read, in sources and pages. The counts that {@code style.properties} permits may only
 * fall. The style is described in {@code .github/CONTRIBUTING.md}.
 */
class StyleTest {

    private static final int COLUMNS = 120;

    private static final List<String> ROOTS =
            List.of("src", "jmh/src", "jcstress/src", ".github", "README.md", "jmh/README.md", "jcstress/README.md");

    /** Sentences without an actor: a subject or a pronoun that names no thread, caller or owner. */
    private static final Pattern VAGUE = Pattern.compile("(?:^|[;:,.(] ?)Who(?:ever)? [a-z]"
            + "|\\b(?:[Nn]o|[Ss]ome|[Ee]very|[Aa]ny)body\\b"
            + "|\\b[Ww]hoever\\b|\\b[Mm]eanwhile\\b"
            + "|(?:/\\*\\*|\\* )The same\\b");

    private record Line(Path file, int number, String text) {

        /** A row of a Markdown table cannot be wrapped. */
        boolean isTooLong() {
            return text.codePointCount(0, text.length()) > COLUMNS && !text.startsWith("|");
        }

        @Override
        public String toString() {
            return file + ":" + number + ": " + text.strip();
        }
    }

    @Test
    void vagueSentences_doNotIncrease() throws IOException {
        assertAtMost("vague", line -> VAGUE.matcher(line.text).find());
    }

    @Test
    void longLines_doNotIncrease() throws IOException {
        assertAtMost("long", Line::isTooLong);
    }

    @Test
    void plantedLines_areCounted() {
        assertTrue(Stream.of(
                        "// Who waits here ends",
                        "no" + "body waits",
                        "who" + "ever wakes it",
                        "ends mean" + "while",
                        "/** The " + "same, later */")
                .allMatch(text -> VAGUE.matcher(text.replace("// ", "")).find()));
        assertTrue(new Line(Path.of("x"), 1, "x".repeat(COLUMNS + 1)).isTooLong());
    }

    private static void assertAtMost(String kind, Predicate<Line> counted) throws IOException {
        var permitted = new Properties();
        try (InputStream in = StyleTest.class.getResourceAsStream("style.properties")) {
            permitted.load(in);
        }
        int most = Integer.parseInt(permitted.getProperty(kind));
        List<Line> found = lines().stream().filter(counted).toList();
        assertTrue(
                found.size() <= most,
                () -> found.size() + " lines are " + kind + ", " + most + " are permitted."
                        + " Rewrite the lines that you added. When there are fewer, write the lower number into"
                        + " src/test/resources/org/jfutex/style.properties. Some of the lines:\n"
                        + String.join(
                                "\n",
                                found.stream().limit(40).map(Line::toString).toList()));
    }

    /** Every line of every source and page. */
    private static List<Line> lines() throws IOException {
        List<Line> all = new ArrayList<>();
        for (String root : ROOTS) {
            try (Stream<Path> files = Files.walk(Path.of(root))) {
                files.filter(StyleTest::isText).sorted().forEach(file -> add(file, all));
            }
        }
        return all;
    }

    private static boolean isText(Path file) {
        return Stream.of(".java", ".md", ".xml").anyMatch(file.toString()::endsWith)
                && !file.toString().contains("target/");
    }

    private static void add(Path file, List<Line> all) {
        try {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                all.add(new Line(file, i + 1, lines.get(i)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

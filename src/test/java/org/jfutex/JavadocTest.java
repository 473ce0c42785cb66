package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks of Javadoc that javac's doclint does not make. */
class JavadocTest {

    private static final Pattern COMMENT = Pattern.compile("/\\*\\*(.*?)\\*/", Pattern.DOTALL);

    /** The end of a first paragraph: an empty line, a block tag, a list or a figure. */
    private static final Pattern END = Pattern.compile("\n[ *]*(?:\n|@)|\n[ *]*<|$");

    @Test
    void firstParagraph_consistsOfWholeSentences() throws IOException {
        try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
            assertEquals(
                    List.of(),
                    sources.filter(p -> p.toString().endsWith(".java"))
                            .flatMap(JavadocTest::cutOff)
                            .toList());
        }
    }

    private static Stream<String> cutOff(Path source) {
        try {
            return COMMENT.matcher(Files.readString(source))
                    .results()
                    .map(c -> END.split(c.group(1).replaceFirst("[\\s*]+", ""), 2)[0].strip())
                    .filter(first ->
                            !first.startsWith("@") && !first.equals("{@inheritDoc}") && !first.matches("(?s).*[.:?]"))
                    .map(first -> source.getFileName() + ": " + first);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package org.jfutex.explore;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Tests that the code of the page "Test your lock" is the code that is compiled and tested. */
class PageTest {

    private static final Path PAGE = Path.of("../site/markdown/test-your-lock.md");
    private static final Path CODE = Path.of("src/test/java/example/MyLockTest.java");

    private static String withoutIndentation(String text) {
        return text.lines().map(String::strip).collect(Collectors.joining("\n"));
    }

    @Test
    void codeOfThePage_isThatOfTheExample() throws IOException {
        String code = withoutIndentation(Files.readString(CODE));
        Matcher blocks = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(PAGE));
        int count = 0;
        while (blocks.find()) {
            count++;
            String block = withoutIndentation(blocks.group(1));
            assertTrue(code.contains(block), block);
        }
        assertTrue(count >= 4, "blocks of the page: " + count);
    }

    @Test
    void failureOfThePage_isThatOfTheExample() throws IOException {
        String page = withoutIndentation(Files.readString(PAGE));
        Failure failure = example();
        assertTrue(page.contains(withoutIndentation(failure.toString())), failure::toString);
    }

    /** Runs the program of the page, with its lock. */
    private static Failure example() {
        GuestProgram program = g -> {
            while (!g.cas(0, 0, 1)) {
                if (g.load(0) == 2 || g.cas(0, 1, 2)) {
                    g.await(0, 2);
                }
            }
            g.store(4, g.load(4) + 1);
            if (g.exchange(0, 0) == 2) {
                g.wake(0, 1);
            }
        };
        return Explorer.allSchedules()
                .preemptions(2)
                .word("lock", 0, 0)
                .word("count", 4, 0)
                .thread("A", program)
                .thread("B", program)
                .thread("C", program)
                .finallyExpect("all have counted", s -> s.load(4) == 3)
                .run()
                .failure()
                .orElseThrow();
    }
}

package org.jfutex.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the diagram and the page of a failure. The page is tested in a browser if there is one. */
class OutputTest {

    @TempDir
    Path folder;

    private static Explorer broken() {
        return Mutex3.threads(Explorer.allSchedules().preemptions(2), 2, true);
    }

    private static Failure failure() {
        Failure found = broken().run().found();
        assertNotNull(found);
        return found;
    }

    @Test
    void mermaid_drawsEachStep() {
        assertEquals("""
                sequenceDiagram
                    participant G0 as A
                    participant G1 as B
                    participant W as words
                    G0->>W: replaces lock#58; 0 by 1
                    Note right of W: lock = 1
                    G0->>W: loads count#58; 0
                    G0->>W: stores count = 1
                    Note right of W: count = 1
                    G0->>W: loads lock#58; 1
                    G1->>W: expects lock = 0, finds 1
                    G1->>W: exchanges lock#58; 1 by 2
                    Note right of W: lock = 2
                    G1->>W: sleeps on lock, which holds 2
                    Note over G1: queued
                    G0->>W: stores lock = 0
                    Note right of W: lock = 0
                    Note over G0,G1: lost wake#58; B sleeps for ever on lock, which held 2 and holds 0
                """, failure().mermaid());
    }

    @Test
    void html_refersToNothingElse() {
        String page = failure().html();
        assertFalse(page.contains("@DATA@") || page.contains("@ID@"));
        assertFalse(page.contains("src=") || page.contains("href=") || page.contains("url("), page);
        Failure hostile = new Failure(Failure.Kind.DEADLOCK, "</script><b>\"\\\n", "a", java.util.List.of(), 0, null);
        assertFalse(hostile.html().contains("</script><b>"));
    }

    @Test
    void report_isWrittenBeforeTheErrorIsThrown() throws IOException {
        Path file = folder.resolve("deep/er/lost-wake.html");
        ExplorationFailedError error = assertThrows(
                ExplorationFailedError.class, () -> broken().report(file).check());
        assertEquals(error.failure().html(), Files.readString(file));
    }

    /** Presses keys and buttons, and notes in the page which step it shows. */
    private static final String USER = """
            <script>
            const seen = [document.body.dataset.step];
            const note = () => seen.push(document.body.dataset.step);
            const press = key => { document.dispatchEvent(new KeyboardEvent("keydown", {key: key})); note(); };
            const click = id => { document.getElementById(id).click(); note(); };
            press("Home"); press("ArrowRight"); press("ArrowRight"); press("ArrowLeft"); press("End"); press("x");
            click("back"); click("first"); click("back"); click("forward"); click("last"); click("forward");
            document.querySelectorAll("#diagram .step")[6].dispatchEvent(new MouseEvent("click")); note();
            const texts = id => Array.from(document.getElementById(id).rows).map(r => r.textContent).join(";");
            document.body.innerHTML = "<pre>seen " + seen.join(" ") + "\\n" + texts("words") + "\\n" + texts("guests")
                + "\\n" + texts("queues") + "</pre>";
            </script>
            """;

    @Test
    void page_stepsForwardAndBackInABrowser() throws IOException, InterruptedException {
        Optional<String> browser = browser();
        if (browser.isEmpty()) {
            System.out.println("left out: there is no Chromium on this machine");
            return;
        }
        Path page = folder.resolve("page.html");
        Files.writeString(page, failure().html().replace("</body>", USER + "</body>"));
        Path output = folder.resolve("dom.html");
        Process process = new ProcessBuilder(
                        browser.get(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--user-data-dir=" + folder.resolve("profile"),
                        "--dump-dom",
                        page.toUri().toString())
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertTrue(process.waitFor(5, TimeUnit.MINUTES), "the browser does not end");
        String dom = Files.readString(output);
        assertTrue(dom.contains("seen 8 1 2 3 2 8 8 7 1 1 2 8 8 7\nlock2;count1\nA;Basleep on lock\nlockB"), dom);
    }

    private static Optional<String> browser() {
        String path = System.getenv("PATH");
        return Stream.of("chromium", "chromium-browser", "google-chrome")
                .flatMap(name -> Arrays.stream(path.split(File.pathSeparator)).map(dir -> Path.of(dir, name)))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }
}

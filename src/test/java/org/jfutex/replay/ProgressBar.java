package org.jfutex.replay;

import java.io.IOException;
import java.io.PrintStream;

/** A progress bar on the error stream. It is shown only if that is a terminal. */
final class ProgressBar implements AutoCloseable {

    private static final int WIDTH = 40;
    private static final boolean TERMINAL = isTerminal();

    private final PrintStream out = System.err;
    private final String what;
    private final int total;
    private int done;

    ProgressBar(String what, int total) {
        this.what = what;
        this.total = total;
    }

    /** Counts one more unit of the total as done. */
    void step() {
        int before = done * WIDTH / total;
        int now = ++done * WIDTH / total;
        if (TERMINAL && now > before) {
            out.printf("\r%-20s [%s%s] %d/%d", what, "#".repeat(now), ".".repeat(WIDTH - now), done, total);
        }
    }

    /** Erases the bar. */
    @Override
    public void close() {
        if (TERMINAL) {
            out.print("\r\033[K");
            out.flush();
        }
    }

    /**
     * Returns whether the error stream is a terminal. Java reports that for both streams together, so test(1) is run.
     */
    private static boolean isTerminal() {
        try {
            return new ProcessBuilder("test", "-t", "2").inheritIO().start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}

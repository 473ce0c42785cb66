package org.jfutex.time;

/**
 * Decides when to retry an operation that fails, and how often to report it: less and less often, so that a lasting
 * failure uses up neither a processor nor a log.
 */
final class Backoff {

    /** The longest pause is this many times the shortest. A recovered clock is read again after at most that time. */
    private static final int LONGEST = 32;

    private final long shortest;
    private int failures; // since the last success

    /**
     * Creates a backoff before any failure.
     *
     * @param shortest the first pause, in nanoseconds
     */
    Backoff(long shortest) {
        this.shortest = shortest;
    }

    /**
     * Reports the 1st, 2nd, 4th, 8th, ... failure in a row, and returns the pause before the next try, in nanoseconds.
     */
    long failed(Throwable failure) {
        int before = failures;
        failures = Math.min(before, Integer.MAX_VALUE - 1) + 1;
        if (Integer.bitCount(failures) == 1) {
            DaemonThreads.reportUncaught(failure);
        }
        return shortest * (before < Integer.numberOfTrailingZeros(LONGEST) ? 1 << before : LONGEST);
    }

    void succeeded() {
        failures = 0;
    }
}

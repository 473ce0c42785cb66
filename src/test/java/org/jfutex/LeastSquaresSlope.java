package org.jfutex;

import java.util.List;

/**
 * The straight line through equally distant measurements that is nearest to them by least squares.
 *
 * @param slope how much it rises from one to the next
 * @param noise the standard error of that, from how far the measurements lie off the line
 * @param mean of all measurements
 * @param count how many there are
 */
record LeastSquaresSlope(double slope, double noise, double mean, int count) {

    /** Fewer say nothing. */
    private static final int LEAST = 5;

    /** The first measurement is left out: it has what is made once. */
    static LeastSquaresSlope of(List<Long> measurements) {
        List<Long> y = measurements.subList(Math.min(1, measurements.size()), measurements.size());
        int n = y.size();
        double meanX = (n - 1) / 2.0;
        double meanY = y.stream().mapToLong(v -> v).average().orElse(0);
        double sxx = 0;
        double sxy = 0;
        for (int i = 0; i < n; i++) {
            sxx += (i - meanX) * (i - meanX);
            sxy += (i - meanX) * (y.get(i) - meanY);
        }
        double slope = n < 2 ? 0 : sxy / sxx;
        double squares = 0;
        for (int i = 0; i < n; i++) {
            double off = y.get(i) - meanY - slope * (i - meanX);
            squares += off * off;
        }
        return new LeastSquaresSlope(slope, n < 3 ? 0 : Math.sqrt(squares / (n - 2) / sxx), meanY, n);
    }

    /** Whether it rises: by more than three standard errors, and by more than a fiftieth of the mean over the whole time, since a JVM's own heap creeps a little. */
    boolean rises() {
        return count >= LEAST && slope > 3 * noise && slope * count > mean / 50;
    }

    /** Says so in words, or throws. */
    String judged() {
        String words = String.format(
                "heap: %,.0f live bytes, slope %+,.0f a look, noise %,.0f (one standard error), %d looks%s",
                mean, slope, noise, count, count < LEAST ? ": too few to judge" : "");
        if (rises()) {
            throw new AssertionError("the heap grows; " + words);
        }
        return words;
    }
}

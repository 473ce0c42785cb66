package org.jfutex;

import java.util.List;

/**
 * The straight line that fits equally distant measurements best, by least squares.
 *
 * @param slope the rise from one measurement to the next
 * @param noise the standard error of the slope
 * @param mean the mean of all measurements
 * @param count the number of measurements
 */
record LeastSquaresSlope(double slope, double noise, double mean, int count) {

    /** The smallest number of measurements that can be judged. */
    private static final int LEAST = 5;

    /** Fits a line to the measurements without the first one, which includes one-time allocations. */
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

    /**
     * Returns whether the line rises by more than three standard errors. It must also rise by more than a fiftieth of
     * the mean over the whole time, because a JVM's own heap grows a little.
     */
    boolean rises() {
        return count >= LEAST && slope > 3 * noise && slope * count > mean / 50;
    }

    /** Returns a description, or throws if the line rises. */
    String judged() {
        String words = String.format(
                "heap: %,.0f live bytes, slope %+,.0f each time, noise %,.0f (one standard error), %d times%s",
                mean, slope, noise, count, count < LEAST ? ": too few to judge" : "");
        if (rises()) {
            throw new AssertionError("the heap grows; " + words);
        }
        return words;
    }
}

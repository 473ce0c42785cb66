package org.jfutex.bench;

import java.util.Arrays;
import java.util.Locale;

/**
 * The ratio of two contenders that were measured in alternating blocks: its median, and the 95% interval of the sign
 * test.
 *
 * <p>The speed of a machine changes from second to second. So each block of one contender is compared with the block of
 * the other that was measured next to it.
 *
 * @param low the lower end of the interval
 * @param median the median of the ratios
 * @param high the upper end
 */
record PairedRatio(double low, double median, double high) {

    private static final double OUTSIDE = 0.025;

    /** Compares the blocks with equal index. */
    static PairedRatio of(double[] measured, double[] compared) {
        double[] ratios = new double[measured.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = measured[i] / compared[i];
        }
        Arrays.sort(ratios);
        int rank = rank(ratios.length);
        return new PairedRatio(ratios[rank], median(ratios), ratios[ratios.length - 1 - rank]);
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /**
     * Returns how many of n sorted ratios lie outside the interval at each end. It is one less than the largest k
     * for which fewer than k heads in n tosses have a probability of at most {@value #OUTSIDE}.
     */
    private static int rank(int n) {
        double exactly = Math.pow(0.5, n);
        double atMost = exactly;
        int k = 0;
        for (; atMost <= OUTSIDE; k++) {
            exactly *= (double) (n - k) / (k + 1);
            atMost += exactly;
        }
        return Math.max(0, k - 1);
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.2f [%.2f to %.2f]", median, low, high);
    }
}

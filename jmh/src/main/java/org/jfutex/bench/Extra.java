package org.jfutex.bench;

import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/**
 * Reports the additional results of a benchmark beside its time: {@code -prof org.jfutex.bench.Extra}.
 *
 * <p>JMH's own means, auxiliary counters, can only add numbers, and only in some modes.
 */
public final class Extra implements InternalProfiler {

    private static final Queue<Result<?>> RESULTS = new ConcurrentLinkedQueue<>();

    /** Adds a result to the current iteration. */
    static void add(String name, double value, String unit) {
        RESULTS.add(new ScalarResult(name, value, unit, AggregationPolicy.AVG));
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        RESULTS.clear();
    }

    @Override
    public Collection<? extends Result<?>> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        return List.copyOf(RESULTS);
    }

    @Override
    public String getDescription() {
        return "Results that the benchmark itself adds";
    }
}

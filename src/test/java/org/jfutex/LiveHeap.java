package org.jfutex;

import java.lang.management.ManagementFactory;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * The reachable objects of this JVM, by class.
 *
 * @param bytes of all
 * @param byClass the same, by class
 */
record LiveHeap(long bytes, Map<String, Long> byClass) {

    private static final int MOST_NAMED = 8;

    /** Collects garbage and counts. */
    static LiveHeap look() {
        System.gc(); // what this leaves to be cleaned up, the collection of the histogram finds gone
        Map<String, Long> byClass = new HashMap<>();
        histogram().lines().forEach(line -> {
            String[] columns = line.strip().split("\\s+", -1); // 1: INSTANCES BYTES CLASS
            if (columns.length >= 4 && columns[0].endsWith(":")) {
                byClass.merge(columns[3], Long.valueOf(columns[2]), Long::sum);
            }
        });
        return new LiveHeap(byClass.values().stream().mapToLong(Long::longValue).sum(), byClass);
    }

    /** The JVM's own table, after a collection: a number, instances, bytes and class in each line. */
    static String histogram() {
        try {
            return (String) ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "gcClassHistogram",
                            new Object[] {new String[0]},
                            new String[] {String[].class.getName()});
        } catch (JMException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The classes that have grown the most since an earlier look. */
    String grownSince(LiveHeap earlier) {
        return byClass.entrySet().stream()
                .map(e -> Map.entry(e.getKey(), e.getValue() - earlier.byClass.getOrDefault(e.getKey(), 0L)))
                .filter(e -> e.getValue() > 0)
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(MOST_NAMED)
                .map(e -> String.format("%s %+,d", e.getKey(), e.getValue()))
                .collect(Collectors.joining(", "));
    }
}

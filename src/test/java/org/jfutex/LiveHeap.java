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
 * @param bytes the bytes of all objects
 * @param byClass the bytes of the objects of each class
 */
record LiveHeap(long bytes, Map<String, Long> byClass) {

    private static final int MOST_NAMED = 8;

    /** Collects garbage and counts the live objects. */
    static LiveHeap look() {
        System.gc(); // objects with cleaners need this collection before that of the histogram
        Map<String, Long> byClass = new HashMap<>();
        histogram().lines().forEach(line -> {
            String[] columns = line.strip().split("\\s+", -1); // 1: INSTANCES BYTES CLASS
            if (columns.length >= 4 && columns[0].endsWith(":")) {
                byClass.merge(columns[3], Long.valueOf(columns[2]), Long::sum);
            }
        });
        return new LiveHeap(byClass.values().stream().mapToLong(Long::longValue).sum(), byClass);
    }

    /** Returns the JVM's class histogram after a collection: number, instances, bytes and class in each line. */
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

    /** Returns the classes that have grown most since an earlier count. */
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

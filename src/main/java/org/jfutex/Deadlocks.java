package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;

/**
 * Finds cycles of waiters that wait for one another, from {@linkplain FutexTable#waiters the waiters of a table}.
 *
 * <p>It handles words that hold their owner's thread id in the low 30 bits, 0 if there is no owner:
 * priority-inheritance locks, robust locks (futex(2), FUTEX_TID_MASK), and words of that layout in other programs. A
 * table prevents cycles of PI locks alone; only this class finds cycles through other locks.
 */
public final class Deadlocks {

    private Deadlocks() {}

    /**
     * Returns the cycles in which every waiter waits for a word that the next waiter owns.
     *
     * <p>The waiter for a PI lock is identified by its {@linkplain WaiterInfo#task task}. A wait on several words, or
     * for a requeue, waits for no owner and belongs to no cycle. The list of waiters is not an atomic snapshot, so a
     * cycle is a suspicion until a second list contains it, too.
     *
     * @param waiters the waiters
     * @param waiterId returns the thread id of a waiter, as it would appear in a word; 0 if the id is not known, or if
     *     the word does not hold its owner's id. It is not called for waiters with a task
     * @return the cycles, each starting at an arbitrary waiter and continuing with the owner of its word; empty if
     *     there is no deadlock
     */
    public static List<List<WaiterInfo>> find(List<WaiterInfo> waiters, ToIntFunction<? super WaiterInfo> waiterId) {
        requireNonNull(waiters, "waiters");
        requireNonNull(waiterId, "waiterId");
        Map<Integer, WaiterInfo> waits = new LinkedHashMap<>();
        for (WaiterInfo w : waiters) {
            int id = mayWaitForAnOwner(w) ? id(w, waiterId) : 0;
            if (id != 0) {
                waits.put(id, w);
            }
        }
        List<List<WaiterInfo>> cycles = new ArrayList<>();
        Set<Integer> seen = new HashSet<>();
        for (int start : waits.keySet()) {
            List<Integer> path = new ArrayList<>();
            int id = start;
            for (WaiterInfo w; (w = waits.get(id)) != null && seen.add(id); id = owner(w)) {
                path.add(id);
            }
            int first = path.indexOf(id);
            if (first >= 0) {
                cycles.add(path.subList(first, path.size()).stream()
                        .map(i -> requireNonNull(waits.get(i)))
                        .toList());
            }
        }
        return cycles;
    }

    /**
     * Formats cycles for a log: a heading for each, and a line for every waiter in it.
     *
     * @param cycles the cycles
     * @return the text, empty if there are none
     */
    public static String report(List<List<WaiterInfo>> cycles) {
        requireNonNull(cycles, "cycles");
        StringBuilder text = new StringBuilder();
        for (List<WaiterInfo> cycle : cycles) {
            text.append("deadlock of ").append(cycle.size()).append('\n');
            int id = owner(cycle.get(cycle.size() - 1));
            for (WaiterInfo w : cycle) {
                Thread thread = w.thread();
                text.append("    ").append(id);
                text.append(thread == null ? "" : " (" + thread.getName() + ")");
                text.append(" waits for ").append(w.key());
                id = owner(w);
                text.append(", owned by ").append(id).append('\n');
            }
        }
        return text.toString();
    }

    private static boolean mayWaitForAnOwner(WaiterInfo w) {
        boolean waitsForRequeue = w.task() != null && w.expected().isPresent();
        boolean onMany = w.pending() instanceof WaitvWait v && v.entries.length > 1;
        return w.actual().isPresent() && !waitsForRequeue && !onMany;
    }

    private static int id(WaiterInfo w, ToIntFunction<? super WaiterInfo> waiterId) {
        PiTask task = w.task();
        return task == null ? waiterId.applyAsInt(w) : task.tid();
    }

    private static int owner(WaiterInfo w) {
        return (int) w.actual().orElse(0) & PiTask.MAX_TID;
    }
}

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
 * Finds out who waits for whom in a circle, from a {@linkplain FutexTable#waiters dump}.
 *
 * <p>It serves words that hold their owner's thread id in the low 30 bits, 0 if nobody owns them: priority-inheritance locks, robust locks
 * (futex(2), FUTEX_TID_MASK), and whatever a program builds alike. A table refuses to close a circle of PI locks; one that leads over a lock of
 * another kind, only this finds.
 */
public final class Deadlocks {

    private Deadlocks() {}

    /**
     * The circles in which everybody waits for a word that the next one owns.
     *
     * <p>Who waits for a PI lock is known by its {@linkplain WaiterInfo#task task}. Who waits on many words, or for a requeue, waits for no owner and is in no
     * circle. A dump is not taken at one moment, so a circle is a suspicion until a second dump shows it again.
     *
     * @param dump who waits
     * @param waiterId the thread id of who waits, as it would stand in a word; 0 if it is not known, or if the word is none that holds its
     *     owner. It is not asked for those that have a task
     * @return the circles, each from an arbitrary waiter on to the owner of its word and so forth; none if there is no deadlock
     */
    public static List<List<WaiterInfo>> find(List<WaiterInfo> dump, ToIntFunction<? super WaiterInfo> waiterId) {
        requireNonNull(dump, "dump");
        requireNonNull(waiterId, "waiterId");
        Map<Integer, WaiterInfo> waits = new LinkedHashMap<>();
        for (WaiterInfo w : dump) {
            int id = mayWaitForAnOwner(w) ? id(w, waiterId) : 0;
            if (id != 0) {
                waits.put(id, w);
            }
        }
        List<List<WaiterInfo>> circles = new ArrayList<>();
        Set<Integer> seen = new HashSet<>();
        for (int start : waits.keySet()) {
            List<Integer> path = new ArrayList<>();
            int id = start;
            for (WaiterInfo w; (w = waits.get(id)) != null && seen.add(id); id = owner(w)) {
                path.add(id);
            }
            int first = path.indexOf(id);
            if (first >= 0) {
                circles.add(path.subList(first, path.size()).stream()
                        .map(i -> requireNonNull(waits.get(i)))
                        .toList());
            }
        }
        return circles;
    }

    /**
     * Puts circles in words, for a log: a heading for each, and a line for everybody in it.
     *
     * @param circles what was found
     * @return the text, empty if there are none
     */
    public static String report(List<List<WaiterInfo>> circles) {
        requireNonNull(circles, "circles");
        StringBuilder text = new StringBuilder();
        for (List<WaiterInfo> circle : circles) {
            text.append("deadlock of ").append(circle.size()).append('\n');
            int id = owner(circle.get(circle.size() - 1));
            for (WaiterInfo w : circle) {
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

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
 * Finds out who waits for whom in a circle, from a {@linkplain FutexTable#dump dump}.
 *
 * <p>It serves words that hold their owner's thread id in the low 30 bits, 0 if nobody owns them: priority-inheritance locks, robust locks (futex(2), FUTEX_TID_MASK), and
 * whatever a program builds alike. A table refuses to close a circle of PI locks; one that leads over a lock of another kind, only this finds.
 */
public final class Deadlocks {

    private Deadlocks() {}

    /**
     * The circles in which everybody waits for a word that the next one owns.
     *
     * <p>A dump is not taken at one moment, so a circle is a suspicion until a second dump shows it again.
     *
     * @param dump who waits
     * @param waiterId the thread id of who waits, as it would stand in a word; 0 if it is not known
     * @return the circles, each from an arbitrary waiter on to the one that waits for it; none if there is no deadlock
     */
    public static List<List<WaiterInfo>> find(List<WaiterInfo> dump, ToIntFunction<? super WaiterInfo> waiterId) {
        Map<Integer, WaiterInfo> waits = new LinkedHashMap<>();
        for (WaiterInfo w : dump) {
            int id = waiterId.applyAsInt(w);
            if (id != 0 && w.actual().isPresent()) {
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

    private static int owner(WaiterInfo w) {
        return (int) w.actual().orElse(0) & PiTask.MAX_TID;
    }
}

package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random programs of tasks and locks. Each step is compared with a model without queues, words or chains. */
class PiModelTest {

    private static final int LOCKS = 5;
    private static final int TASKS = 8;
    private static final long COND = 1024;

    /** The faults that are planted in the table without the model, to check that they are detected. */
    enum Flaw {
        NONE,
        UNLOCKS_WITHOUT_THE_TABLE,
        HANDS_OVER_TO_THE_SECOND,
        FORGETS_A_CANCEL,
        FORGETS_AN_EXIT,
        MOVES_ONE_TOO_MANY,
        TAKES_WHAT_IT_HAS
    }

    /** A waiter for a lock, in the model. */
    private static final class Waiting {
        final int tid;
        final int lock;
        int rank;
        int ticket;

        Waiting(int tid, int lock) {
            this.tid = tid;
            this.lock = lock;
        }
    }

    private final PiWorld w = new PiWorld();
    private final int[] owner = new int[LOCKS];
    private final Map<Integer, Waiting> waiting = new HashMap<>();
    private final Map<Integer, PiWait> waits = new HashMap<>();
    private final List<Waiting> onCondition = new ArrayList<>();
    private int ticket;
    private int nextTid = 1;
    private Flaw flaw = Flaw.NONE;

    private static long address(int lock) {
        return 64L * lock;
    }

    // ---- the model

    private int effective(int tid) {
        int highest = w.known(tid).priority();
        for (Waiting other : waiting.values()) {
            if (owner[other.lock] == tid) {
                highest = Math.max(highest, effective(other.tid));
            }
        }
        return highest;
    }

    private boolean waitsFor(int tid, int other) {
        Waiting one = waiting.get(tid);
        return tid == other || (one != null && waitsFor(owner[one.lock], other));
    }

    private boolean isOnCondition(int tid) {
        return onCondition.stream().anyMatch(one -> one.tid == tid);
    }

    private void settle() {
        for (Waiting one : waiting.values()) {
            int now = effective(one.tid);
            if (now != one.rank) {
                one.rank = now;
                one.ticket = ticket++;
            }
        }
    }

    private @Nullable Waiting first(int lock) {
        return waiting.values().stream()
                .filter(one -> one.lock == lock)
                .max(Comparator.<Waiting>comparingInt(one -> one.rank).thenComparingInt(one -> -one.ticket))
                .orElse(null);
    }

    private void beginWaiting(int tid, int lock) {
        Waiting one = new Waiting(tid, lock);
        one.rank = effective(tid);
        one.ticket = ticket++;
        waiting.put(tid, one);
        settle();
    }

    private void handOver(int lock) {
        Waiting next = first(lock);
        owner[lock] = next == null ? 0 : next.tid;
        if (next != null) {
            waiting.remove(next.tid);
            assertEquals(PiResult.LOCKED, requireWait(next.tid).poll());
        }
        settle();
    }

    private PiWait requireWait(int tid) {
        PiWait wait = waits.get(tid);
        assertNotNull(wait);
        return wait;
    }

    private void compare() {
        for (int lock = 0; lock < LOCKS; lock++) {
            assertEquals(owner[lock], w.word(address(lock)) & PiTask.MAX_TID, "the owner of lock " + lock);
        }
        for (PiTask t : w.tasks.values()) {
            assertEquals(effective(t.tid()), t.effectivePriority(), t::toString);
            boolean blocked = waiting.containsKey(t.tid()) || isOnCondition(t.tid());
            assertEquals(blocked, t.pending != null, t::toString);
        }
        PiAudit.check(w.table, w.tasks.values(), true);
    }

    // ---- the steps

    private void lock(int tid, int lock, Scope scope) {
        if (flaw == Flaw.TAKES_WHAT_IT_HAS && owner[lock] == tid) {
            w.store(address(lock), 0);
        }
        PiWait wait = w.known(tid).prepareLock(address(lock), scope);
        waits.put(tid, wait);
        if (owner[lock] == 0) {
            assertEquals(PiResult.LOCKED, wait.poll());
            owner[lock] = tid;
        } else if (waitsFor(owner[lock], tid)) {
            assertEquals(PiResult.DEADLOCK, wait.poll());
        } else {
            beginWaiting(tid, lock);
        }
    }

    private void tryLock(int tid, int lock, Scope scope) {
        PiResult expected =
                owner[lock] == tid ? PiResult.DEADLOCK : owner[lock] == 0 ? PiResult.LOCKED : PiResult.WOULD_BLOCK;
        assertEquals(expected, w.known(tid).tryLock(address(lock), scope));
        if (owner[lock] == 0) {
            owner[lock] = tid;
        }
    }

    private void unlock(int tid, int lock, Scope scope) {
        PiResult expected = owner[lock] == tid ? PiResult.UNLOCKED : PiResult.NOT_OWNER;
        if (flaw == Flaw.UNLOCKS_WITHOUT_THE_TABLE && owner[lock] == tid) {
            w.store(address(lock), 0);
        } else {
            if (flaw == Flaw.HANDS_OVER_TO_THE_SECOND && owner[lock] == tid) {
                demoteFirst(lock);
            }
            assertEquals(expected, w.known(tid).unlock(address(lock), scope));
        }
        if (owner[lock] == tid) {
            handOver(lock);
        }
    }

    private void demoteFirst(int lock) {
        Waiting first = first(lock);
        PiWaiter waiter = first == null ? null : w.known(first.tid).pending;
        PiState state = waiter == null ? null : waiter.pi;
        if (waiter != null && state != null) {
            w.table.inheritance.lock();
            state.removeLocked(waiter);
            state.addLocked(waiter, -1);
            w.table.inheritance.unlock();
        }
    }

    private void cancel(int tid) {
        if (flaw != Flaw.FORGETS_A_CANCEL) {
            assertEquals(PiResult.CANCELLED, requireWait(tid).cancel());
        }
        waiting.remove(tid);
        onCondition.removeIf(one -> one.tid == tid);
        settle();
    }

    private void exit(int tid) {
        PiWait wait = waits.get(tid);
        for (int lock = 0; lock < LOCKS; lock++) {
            if (owner[lock] == tid) {
                w.store(address(lock), (w.word(address(lock)) & PiWorld.W) | PiWorld.D);
            }
        }
        if (flaw != Flaw.FORGETS_AN_EXIT) {
            w.known(tid).exit();
        }
        if (waiting.remove(tid) != null || onCondition.removeIf(one -> one.tid == tid)) {
            assertNotNull(wait);
            assertEquals(PiResult.CANCELLED, wait.poll());
        }
        settle();
        for (int lock = 0; lock < LOCKS; lock++) {
            if (owner[lock] == tid) {
                handOver(lock);
            }
        }
        w.tasks.remove(tid);
        waits.remove(tid);
    }

    private void waitForRequeue(int tid, Scope scope) {
        waits.put(tid, w.blockRequeue(w.known(tid), COND, address(0), scope));
        Waiting one = new Waiting(tid, 0);
        one.rank = w.known(tid).priority();
        onCondition.add(one);
        // a stable sort, so equal ranks stay in order of arrival
        onCondition.sort(Comparator.comparingInt(other -> -other.rank));
    }

    private void requeue(int move, Scope scope) {
        PiRequeueResult result = w.table.compareAndRequeuePi(
                w.memory, COND, address(0), scope, move + (flaw == Flaw.MOVES_ONE_TOO_MANY ? 1 : 0), 0);
        PiResult expected = PiResult.REQUEUED;
        int locked = 0;
        int moved = 0;
        if (!onCondition.isEmpty() && owner[0] == 0) {
            owner[0] = onCondition.remove(0).tid;
            locked = 1;
        }
        while (!onCondition.isEmpty() && locked + moved <= move) {
            int tid = onCondition.get(0).tid;
            if (waitsFor(owner[0], tid)) {
                expected = PiResult.DEADLOCK;
                break;
            }
            onCondition.remove(0);
            beginWaiting(tid, 0);
            moved++;
        }
        assertEquals(new PiRequeueResult(expected, locked, moved), result);
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void randomProgram_everyStep_matchesModel(Scope scope) {
        play(scope);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void plantedFlaw_isDetected(Flaw planted) {
        flaw = planted;
        assertThrows(AssertionError.class, () -> play(Scope.SHARED));
    }

    private void play(Scope scope) {
        long seed = Long.getLong("jfutex.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        try {
            for (int step = 0; step < 30_000; step++) {
                while (w.tasks.size() < TASKS) {
                    w.task(nextTid++, random.nextInt(3) * random.nextInt(30));
                }
                List<Integer> all = new ArrayList<>(w.tasks.keySet());
                int tid = all.get(random.nextInt(all.size()));
                int lock = random.nextInt(LOCKS);
                boolean idle = w.known(tid).pending == null;
                switch (random.nextInt(12)) {
                    case 0, 1, 2, 3 -> {
                        if (idle) {
                            lock(tid, lock, scope);
                        }
                    }
                    case 4 -> tryLock(tid, lock, scope);
                    case 5, 6 -> unlock(tid, lock, scope);
                    case 7 -> {
                        if (!idle) {
                            cancel(tid);
                        }
                    }
                    case 8 -> {
                        w.known(tid).setPriority(random.nextInt(3) * random.nextInt(30));
                        settle();
                    }
                    case 9 -> {
                        if (idle) {
                            waitForRequeue(tid, scope);
                        }
                    }
                    case 10 -> requeue(random.nextInt(3), scope);
                    default -> {
                        if (random.nextInt(6) == 0) {
                            exit(tid);
                        }
                    }
                }
                compare();
            }
        } catch (AssertionError e) {
            throw new AssertionError("-Djfutex.seed=" + seed, e);
        }
    }

    /**
     * A word may hold any value at any moment. Each result is a named value, and owners, waiters and priorities still
     * agree.
     */
    @ParameterizedTest
    @EnumSource(Scope.class)
    void guestThatRewritesWords_confusesOnlyItself(Scope scope) {
        long seed = Long.getLong("jfutex.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        int[] values = {0, PiWorld.D, PiWorld.W, 77, -1};
        try {
            for (int step = 0; step < 30_000; step++) {
                while (w.tasks.size() < TASKS) {
                    w.task(nextTid++, random.nextInt(30));
                }
                List<PiTask> all = new ArrayList<>(w.tasks.values());
                PiTask task = all.get(random.nextInt(all.size()));
                PiWait pending = waits.get(task.tid());
                long lock = address(random.nextInt(LOCKS));
                boolean idle = task.pending == null;
                switch (random.nextInt(10)) {
                    case 0 -> w.store(lock, values[random.nextInt(values.length)] | random.nextInt(2) * task.tid());
                    case 1, 2, 3 -> {
                        if (idle) {
                            waits.put(task.tid(), task.prepareLock(lock, scope));
                        }
                    }
                    case 4 -> assertNotNull(task.tryLock(lock, scope));
                    case 5 -> assertNotNull(task.unlock(lock, scope));
                    case 6 -> {
                        if (pending != null) {
                            assertNotNull(pending.cancel());
                        }
                    }
                    case 7 -> {
                        if (idle) {
                            long from = address(random.nextInt(LOCKS));
                            if (from != lock) {
                                PiWait wait = task.prepareWaitRequeue(from, w.word(from), lock, scope);
                                waits.put(task.tid(), wait);
                            }
                        }
                    }
                    case 8 -> {
                        long from = address(random.nextInt(LOCKS));
                        if (from != lock) {
                            int move = random.nextInt(3);
                            assertNotNull(w.table.compareAndRequeuePi(w.memory, from, lock, scope, move, w.word(from)));
                        }
                    }
                    default -> {
                        if (random.nextInt(8) == 0) {
                            task.exit();
                            w.tasks.remove(task.tid());
                        }
                    }
                }
                PiAudit.check(w.table, w.tasks.values(), false);
            }
            new ArrayList<>(w.tasks.values()).forEach(PiTask::exit);
            w.assertQuiet();
        } catch (AssertionError e) {
            throw new AssertionError("-Djfutex.seed=" + seed, e);
        }
    }
}

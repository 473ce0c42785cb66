package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.Deadline;
import org.jspecify.annotations.Nullable;

/**
 * Threads that lock, wait on a condition, time out, are cancelled and interrupted, change priorities and die, at
 * random.
 *
 * <p>A lock never has two owners, and its word holds the owner's id. Each task runs at the highest priority of the
 * waiters of its locks.
 */
final class PiRandomWorkload {

    /** The faults that members commit on purpose, to check that they are detected. */
    enum Flaw {
        NONE,
        /** An unlock that never checks for waiters. */
        FORGETS_THE_WAITERS,
        /** A lock that is taken although another task owns it. */
        TAKES_WHAT_OTHERS_HAVE,
        /** An exit that is not reported to the table. */
        DIES_UNHEARD,
        /** Priority changes that are not reported to the scheduler. */
        HEARS_NOTHING
    }

    private static final int LOCKS = 4;
    private static final long COND = 512;

    private final FutexTable table;
    private final Map<Integer, PiTask> tasks;
    private final FlatMemory memory;
    private final Scope scope;
    private final Map<PiTask, Integer> told = new ConcurrentHashMap<>();
    private final AtomicInteger tids = new AtomicInteger();
    private final LongAdder operations = new LongAdder();
    private final AtomicIntegerArray holders = new AtomicIntegerArray(LOCKS);
    private final List<Member> members = new ArrayList<>();
    private final long[] plain = new long[LOCKS]; // each guarded by its lock
    private final Flaw flaw;
    private final AtomicLong gains = new AtomicLong();

    /**
     * Creates a crowd.
     *
     * @param tasks the map in which the table looks up owners
     * @param memory the memory, of which the first KiB is used
     */
    PiRandomWorkload(
            FutexTable table,
            Map<Integer, PiTask> tasks,
            FlatMemory memory,
            Scope scope,
            int size,
            SplittableRandom random,
            Flaw flaw) {
        this.flaw = flaw;
        this.table = table;
        this.tasks = tasks;
        this.memory = memory;
        this.scope = scope;
        for (int i = 0; i < size; i++) {
            members.add(new Member(i, random.split()));
        }
    }

    List<? extends Worker> members() {
        return members;
    }

    /** Returns the number of lock attempts. */
    long operations() {
        return operations.sum();
    }

    private static long address(int lock) {
        return 64L * (lock + 1);
    }

    private PiTask newTask(int priority) {
        PiTask task = PiTask.listened(table, tids.incrementAndGet(), memory, this::hear);
        told.put(task, 0);
        tasks.put(task.tid(), task);
        task.setPriority(priority);
        return task;
    }

    private void hear(PiTask task, int priority) {
        if (flaw != Flaw.HEARS_NOTHING) {
            told.put(task, priority);
        }
    }

    /** A member of the crowd. */
    private final class Member extends Worker {

        private final SplittableRandom random;
        private final boolean[] held = new boolean[LOCKS];
        private volatile PiTask me;
        private volatile @Nullable Thread thread;
        private volatile @Nullable PiWait wait;

        Member(int index, SplittableRandom random) {
            super("member " + index);
            this.random = random;
            me = newTask(random.nextInt(100));
        }

        @Override
        void end() {
            releaseAll();
        }

        @Override
        void step() {
            thread = Thread.currentThread();
            int lock = random.nextInt(LOCKS);
            Member other = members.get(random.nextInt(members.size()));
            switch (random.nextInt(24)) {
                case 0 -> me.setPriority(random.nextInt(100));
                case 1 -> other.me.setPriority(random.nextInt(100));
                case 2 -> {
                    PiWait w = other.wait;
                    if (w != null) {
                        w.cancel();
                    }
                }
                case 3 -> {
                    Thread t = other.thread;
                    if (t != null) {
                        t.interrupt();
                    }
                }
                case 4, 5 -> signal();
                case 6, 7 -> {
                    if (held[0]) {
                        waitOnCondition();
                    }
                }
                case 8 -> {
                    if (random.nextInt(20) == 0) {
                        die();
                    }
                }
                case 9 -> PiAudit.check(table, tasks.values(), true);
                default -> {
                    if (held[lock]) {
                        release(lock);
                    } else {
                        acquire(lock);
                    }
                }
            }
        }

        private void acquire(int lock) {
            operations.increment();
            long address = address(lock);
            if (flaw == Flaw.TAKES_WHAT_OTHERS_HAVE && random.nextInt(10) == 0) {
                memory.store(address, me.tid());
                gained(lock);
                return;
            }
            if (random.nextBoolean() && memory.compareAndExchange(address, 0, me.tid()) == 0) {
                gained(lock);
                return;
            }
            PiResult result = switch (random.nextInt(4)) {
                case 0 -> me.tryLock(address, scope);
                case 1 -> await(me.prepareLock(address, scope), Deadline.after(random.nextInt(100_000)));
                default -> await(me.prepareLock(address, scope), Deadline.NEVER);
            };
            switch (result) {
                case LOCKED -> gained(lock);
                case DEADLOCK -> releaseAll();
                case NO_OWNER -> repair(lock);
                case TIMED_OUT, CANCELLED, WOULD_BLOCK -> {}
                default -> fail("lock " + lock + ": " + result);
            }
        }

        private PiResult await(PiWait w, Deadline deadline) {
            wait = w;
            try {
                return w.await(deadline);
            } catch (InterruptedException e) {
                return PiResult.CANCELLED;
            } finally {
                wait = null;
                Thread.interrupted();
            }
        }

        private void gained(int lock) {
            assertEquals(0, holders.getAndSet(lock, me.tid()), "the other owner of lock " + lock);
            held[lock] = true;
            plain[lock]++;
            gains.incrementAndGet();
        }

        private void lose(int lock) {
            assertEquals(me.tid(), memory.load(address(lock)) & PiTask.MAX_TID);
            assertEquals(me.tid(), holders.getAndSet(lock, 0));
            held[lock] = false;
        }

        private void release(int lock) {
            lose(lock);
            if (flaw == Flaw.FORGETS_THE_WAITERS) {
                memory.store(address(lock), 0);
                return;
            }
            if (random.nextBoolean() && memory.compareAndExchange(address(lock), me.tid(), 0) == me.tid()) {
                return;
            }
            assertEquals(PiResult.UNLOCKED, me.unlock(address(lock), scope));
        }

        private void releaseAll() {
            for (int i = 0; i < LOCKS; i++) {
                if (held[i]) {
                    release(i);
                }
            }
        }

        /**
         * Frees a lock whose owner died without a robust list and without waiters, since its id would stay in the word.
         */
        private void repair(int lock) {
            int word = memory.load(address(lock));
            int tid = word & PiTask.MAX_TID;
            if (tid != 0 && !tasks.containsKey(tid)) {
                memory.compareAndExchange(address(lock), word, PiWord.OWNER_DIED);
            }
        }

        private void waitOnCondition() {
            int seen = memory.load(COND);
            release(0);
            PiWait w = me.prepareWaitRequeue(COND, seen, address(0), scope);
            switch (await(w, Deadline.after(random.nextInt(300_000)))) {
                case LOCKED -> gained(0);
                case TIMED_OUT, CANCELLED, VALUE_DIFFERS -> {}
                default -> fail("condition: " + w.poll());
            }
        }

        private void signal() {
            int seen = memory.load(COND);
            memory.compareAndExchange(COND, seen, seen + random.nextInt(2));
            int move = random.nextInt(members.size());
            switch (table.compareAndRequeuePi(memory, COND, address(0), scope, move, memory.load(COND))
                    .outcome()) {
                case REQUEUED, VALUE_DIFFERS, DEADLOCK -> {}
                case NO_OWNER -> repair(0);
                default -> fail("signal");
            }
        }

        /** Marks the lock of a dying task, as a robust list does. */
        private void mark(long address) {
            int word;
            do {
                word = memory.load(address);
            } while (memory.compareAndExchange(address, word, (word & PiWord.WAITERS) | PiWord.OWNER_DIED) != word);
        }

        private void die() {
            boolean robust = random.nextBoolean();
            for (int i = 0; i < LOCKS; i++) {
                if (held[i]) {
                    lose(i);
                    if (robust) {
                        mark(address(i));
                    }
                }
            }
            PiTask dead = me;
            if (flaw != Flaw.DIES_UNHEARD) {
                dead.exit();
            }
            tasks.remove(dead.tid());
            told.remove(dead);
            me = newTask(random.nextInt(100));
        }
    }

    /** Checks the state once all threads have ended. */
    void check() {
        PiAudit.check(table, tasks.values(), true);
        assertEquals(0, table.waiters().size());
        long sum = 0;
        for (int i = 0; i < LOCKS; i++) {
            sum += plain[i];
            assertEquals(0, holders.get(i));
            int tid = memory.load(address(i)) & PiTask.MAX_TID;
            assertTrue(tid == 0 || !tasks.containsKey(tid), "the word of lock " + i + " holds task " + tid);
        }
        assertEquals(gains.get(), sum);
        assertNotEquals(0, sum);
        for (PiTask task : tasks.values()) {
            assertEquals(task.priority(), task.effectivePriority());
            assertEquals(task.effectivePriority(), told.get(task), "the last priority reported for " + task);
        }
    }
}

package org.jfutex.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Stream;
import org.jfutex.PiTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tasks put items into a store under a mutex, take them out, and die at any moment. They exit with the mutex held and
 * the update half done, or are killed while they wait. Every item that was put in is taken out, every task that has to
 * repair the store gets OWNER_DIED, and no task sleeps for ever. Planted errors at the death of a task are detected.
 *
 * <p>{@code -Djfutex.dying.things=1000000} makes the test long.
 */
class DyingHoldersTest {

    private static final int THINGS = Integer.getInteger("jfutex.dying.things", 3_000);
    private static final int KILLS = 20; // the minimum, without a time limit
    private static final int THREADS = 8;
    private static final int MUTEX = 2;
    private static final int CONDITION = 4;

    static Stream<Object[]> contests() {
        return Contest.placesAndKinds().stream();
    }

    /** The states of a task, which determine what other tasks may do with it. */
    private enum Life {
        RUNS,
        WAITS,
        KILLED
    }

    private record Victim(PiTask task, WordPlacement.Side side, AtomicReference<Life> life, AtomicInteger gone) {}

    /** The task was killed while it waited. Even if it has received the mutex since, it must not modify anything. */
    private static final class Killed extends Exception {
        private static final long serialVersionUID = 1L;
    }

    private final AtomicReferenceArray<@Nullable Victim> victims = new AtomicReferenceArray<>(THREADS);
    private final AtomicLong deaths = new AtomicLong();
    private final AtomicLong kills = new AtomicLong();
    private final AtomicLong repairs = new AtomicLong();
    private final AtomicLong entries = new AtomicLong();
    private volatile boolean dispersed;

    /* Under the mutex. */
    private int made;
    private int left;
    private int taken;
    private boolean halfDone;
    private boolean enough;
    private int holders;

    private final class Worker {

        private final int index;
        private final WordPlacement.Side side;
        private final SplittableRandom random;
        private final PiMutex mutex;
        private final PiCondition condition;
        private Victim me;

        Worker(WordPlacement.Side side, int index) {
            this.index = index;
            this.side = side;
            random = new SplittableRandom(index);
            mutex = side.piMutex(MUTEX);
            condition = mutex.newCondition(side.address(CONDITION));
            me = born();
        }

        private Victim born() {
            Victim v = new Victim(side.task(), side, new AtomicReference<>(Life.RUNS), new AtomicInteger());
            v.task.setPriority(random.nextInt(4));
            victims.set(index, v);
            return v;
        }

        void run() throws Exception {
            while (!dispersed) {
                try {
                    enter();
                    if (work()) {
                        return;
                    }
                } catch (Killed e) {
                    Victim before = me;
                    Threads.until(() -> before.gone.get() == 1 || dispersed);
                    me = born();
                }
                if (random.nextInt(20) == 0) {
                    Victim v = victims.get(random.nextInt(THREADS));
                    if (v != null) {
                        kill(v);
                    }
                }
            }
        }

        private void kill(Victim v) {
            if (v.life.compareAndSet(Life.WAITS, Life.KILLED)) {
                kills.incrementAndGet();
                v.side.exit(v.task);
                v.gone.set(1);
            }
        }

        private void beforeWait() {
            me.life.set(Life.WAITS);
        }

        private void afterWait() throws Killed {
            if (!me.life.compareAndSet(Life.WAITS, Life.RUNS)) {
                throw new Killed();
            }
        }

        private void enter() throws Exception {
            beforeWait();
            LockResult result;
            try {
                result = mutex.lock(me.task);
            } catch (IllegalStateException e) {
                assertTrue(me.task.isDead(), e::toString);
                throw new Killed();
            }
            afterWait();
            entered(result == LockResult.OWNER_DIED);
        }

        private void entered(boolean ownerDied) {
            entries.incrementAndGet();
            assertTrue(ownerDied || (!halfDone && holders == 0), "half done, and no task was told");
            holders = 1;
            if (ownerDied) {
                repairs.incrementAndGet();
                left = made - taken;
                halfDone = false;
                mutex.markConsistent(me.task);
                condition.signalAll(me.task);
            }
        }

        /** Works with the mutex held. Returns whether all work is done. */
        private boolean work() throws Exception {
            if (allDone()) {
                condition.signalAll(me.task);
                leave();
                return true;
            }
            if (index % 2 == 0 && !enough) {
                enough = made >= THINGS - 1 && kills.get() >= KILLS;
                halfDone = true;
                made++;
                if (dies()) {
                    return false;
                }
                left++;
                halfDone = false;
                condition.signal(me.task);
            } else {
                while (left == 0 && !allDone()) {
                    await();
                }
                if (left > 0) {
                    halfDone = true;
                    taken++;
                    if (dies()) {
                        return false;
                    }
                    left--;
                    halfDone = false;
                }
            }
            leave();
            return false;
        }

        private boolean allDone() {
            return enough && taken == made;
        }

        private void await() throws Exception {
            holders = 0;
            beforeWait();
            AwaitResult result;
            try {
                result = random.nextInt(3) == 0
                        ? condition.await(me.task, random.nextInt(100), TimeUnit.MICROSECONDS)
                        : condition.awaitUninterruptibly(me.task);
            } catch (IllegalStateException | IllegalMonitorStateException e) {
                assertTrue(me.task.isDead(), e::toString);
                throw new Killed();
            }
            afterWait();
            entered(result == AwaitResult.OWNER_DIED);
        }

        private boolean dies() {
            if (random.nextInt(10) != 0) {
                return false;
            }
            deaths.incrementAndGet();
            side.exit(me.task);
            me = born();
            return true;
        }

        private void leave() {
            holders = 0;
            mutex.unlock(me.task);
        }
    }

    @ParameterizedTest
    @MethodSource("contests")
    void boundedBuffer_allTasksDie_itemsAreConserved(WordPlacement place, Threads kind) throws Exception {
        Contest.run(kind, THREADS, place, this::work);
        assertTrue(made >= THINGS);
        assertEquals(made, taken);
        assertEquals(0, left);
        WordPlacement.Side words = place.here();
        assertEquals(0, words.load(MUTEX) & PiTask.MAX_TID);
        assertEquals(0, words.load(MUTEX + 1));
        assertEquals(0, words.table().waiters().size());
        assertTrue(deaths.get() > THINGS / 20 && repairs.get() > 0 && kills.get() >= KILLS, this::toString);
    }

    private void work(WordPlacement.Side side, int index) throws Exception {
        new Worker(side, index).run();
    }

    /** Does not test {@link Death#UNMARKED}: here another task always locks afterwards and detects the death. */
    @ParameterizedTest
    @EnumSource(names = {"UNNOTICED", "AS_AN_UNLOCK"})
    void deathsThatGoWrongAreSeen(Death death) throws Exception {
        WordPlacement.Side words = WordPlacement.privateWords();
        words.dying(death);
        List<Threads.Running> all =
                Contest.start(Threads.PLATFORM, THREADS, new WordPlacement("private", words, words), this::work);
        AssertionError seen = assertThrows(AssertionError.class, () -> watch(all));
        disperse(all, words);
        String expected = death == Death.UNNOTICED ? "no task moves" : "half done, and no task was told";
        assertTrue(String.valueOf(seen.getMessage()).startsWith(expected), seen::toString);
    }

    /**
     * Waits until a task has ended, or no task has locked the mutex for some time. A task that has ended must have
     * succeeded.
     */
    private void watch(List<Threads.Running> all) throws Exception {
        long before = -1;
        while (before != entries.get() && all.stream().noneMatch(Threads.Running::isOver)) {
            before = entries.get();
            all.get(0).thread.join(1000);
        }
        assertTrue(all.stream().anyMatch(Threads.Running::isOver), "no task moves");
        for (Threads.Running one : all) {
            if (one.isOver()) {
                one.join();
            }
        }
    }

    /** Ends every task that still runs or sleeps, so that none disturbs later tests. */
    private void disperse(List<Threads.Running> all, WordPlacement.Side words) {
        dispersed = true;
        words.dying(Death.RIGHT);
        Threads.until(() -> {
            words.exitAll();
            return all.stream().allMatch(Threads.Running::isOver);
        });
    }

    @Override
    public String toString() {
        return deaths + " deaths, " + kills + " kills, " + repairs + " repairs";
    }
}

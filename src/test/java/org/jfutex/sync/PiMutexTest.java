package org.jfutex.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jfutex.FutexTable;
import org.jfutex.PiResult;
import org.jfutex.PiTask;
import org.jfutex.PiWait;
import org.jfutex.Scope;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.time.Deadline;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PiMutexTest {

    private static final int W = 1 << 31;
    private static final int D = 1 << 30;

    private final VirtualClock clock = new VirtualClock();
    private final WordPlacement.Side words = WordPlacement.privateWords(clock);
    private final PiMutex mutex = words.piMutex(0);
    private final PiTask me = words.task();
    private final PiTask other = words.task();

    static List<Threads> kinds() {
        return Threads.available();
    }

    static List<WordPlacement> places() {
        return WordPlacement.all();
    }

    static Stream<Object[]> contests() {
        return Contest.placesAndKinds().stream();
    }

    private Threads.Running blocked(Threads kind, Threads.Action action) {
        int before = words.waiters(0);
        Threads.Running running = kind.start(action);
        words.untilWaiters(0, before + 1);
        return running;
    }

    // ---- one task

    @Test
    void wordNamesTheHolderAndIsFreeAfterwards() {
        assertEquals(LockResult.LOCKED, mutex.lock(me));
        assertEquals(me.tid(), words.load(0));
        assertTrue(mutex.isHeldBy(me));
        assertFalse(mutex.isHeldBy(other));
        mutex.unlock(me);
        assertEquals(0, words.load(0));
        assertEquals(LockResult.LOCKED, mutex.tryLock(other));
        assertEquals(0, words.load(1));
    }

    @Test
    void exit_unlockedWordReused_isUnchanged() {
        mutex.lock(me);
        mutex.unlock(me);
        words.store(0, me.tid());
        words.exit(me);
        assertEquals(me.tid(), words.load(0));
    }

    @Test
    void twoHandlesOfOneWordAreOneLock() {
        words.piMutex(0).lock(me);
        assertEquals(LockResult.BUSY, mutex.tryLock(other));
        mutex.unlock(me);
        assertTrue(words.piMutex(0).tryLock(other).isLocked());
    }

    @Test
    void unlockAndMarkConsistent_notOwner_areRefused() {
        assertThrows(IllegalMonitorStateException.class, () -> mutex.unlock(me));
        mutex.lock(me);
        String reason = assertThrows(IllegalMonitorStateException.class, () -> mutex.unlock(other))
                .getMessage();
        assertTrue(
                String.valueOf(reason)
                        .startsWith("task 2 does not hold PI mutex (held by task 1) in PRIVATE word 0x0 of "),
                reason);
        assertThrows(IllegalMonitorStateException.class, () -> mutex.markConsistent(other));
        assertEquals(me.tid(), words.load(0));
    }

    @Test
    void lock_owner_throwsDeadlockAndKeepsMutex() throws Exception {
        mutex.lock(me);
        assertThrows(DeadlockException.class, () -> mutex.lock(me));
        assertThrows(DeadlockException.class, () -> mutex.lockInterruptibly(me));
        assertThrows(DeadlockException.class, () -> mutex.tryLock(me, 1, TimeUnit.SECONDS));
        assertEquals(LockResult.BUSY, mutex.tryLock(me));
        assertEquals(LockResult.BUSY, mutex.tryLock(me, 0, TimeUnit.SECONDS));
        assertTrue(mutex.isHeldBy(me));
        words.exit(me);
        assertEquals(D, words.load(0), "its exit knew of the lock all the time");
        assertEquals(LockResult.OWNER_DIED, mutex.lock(other));
    }

    @Test
    void lock_taskOfOtherTableOrMemory_isRejected() {
        PiTask stranger = new PiTask(words.table(), 77, words.memory());
        assertThrows(IllegalStateException.class, () -> mutex.lock(stranger));
        PiTask foreigner = WordPlacement.privateWords().task(1);
        assertThrows(IllegalArgumentException.class, () -> mutex.lock(foreigner));
        assertThrows(IllegalArgumentException.class, () -> mutex.unlock(foreigner));
        PiTask kernel = PiTask.kernelThread(words.table(), 78);
        assertThrows(IllegalArgumentException.class, () -> mutex.lock(kernel));
        assertThrows(IllegalArgumentException.class, () -> mutex.unlock(kernel));
        words.exit(other);
        assertThrows(IllegalStateException.class, () -> mutex.lock(other));
        assertEquals(0, words.load(0));
    }

    @Test
    void lock_misalignedOrUnmappedWord_changesNothing() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new PiMutex(words.table(), words.memory(), 0x1002, words.scope()));
        int last = WordPlacement.SIZE / 4 - 1;
        PiMutex halfThere = words.piMutex(last);
        assertThrows(MemoryFaultException.class, () -> halfThere.lock(me));
        assertEquals(0, words.load(last));
    }

    // ---- waiting

    @ParameterizedTest
    @MethodSource("kinds")
    void unlockHandsTheMutexToTheSleeper(Threads kind) throws Exception {
        mutex.lock(me);
        Threads.Running sleeper = blocked(kind, () -> assertEquals(LockResult.LOCKED, mutex.lock(other)));
        assertEquals(me.tid() | W, words.load(0));
        mutex.unlock(me);
        assertEquals(other.tid() | W, words.load(0), "before it has run");
        sleeper.join();
        mutex.unlock(other);
        assertEquals(0, words.load(0));
    }

    @Test
    void lock_severalWaiters_ownerInheritsHighestIsFirst() throws Exception {
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        mutex.lock(me);
        List<Threads.Running> sleepers = new ArrayList<>();
        for (int priority : new int[] {0, 10, 50, 0, 10}) {
            PiTask task = words.task();
            task.setPriority(priority);
            sleepers.add(blocked(Threads.PLATFORM, () -> {
                mutex.lock(task);
                order.add(task.priority());
                mutex.unlock(task);
            }));
        }
        assertEquals(50, me.effectivePriority());
        mutex.unlock(me);
        assertEquals(0, me.effectivePriority());
        for (Threads.Running sleeper : sleepers) {
            sleeper.join();
        }
        assertEquals(List.of(50, 10, 10, 0, 0), order);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void tryLock_timePasses_returnsThenAndNotBefore(Threads kind) throws Exception {
        mutex.lock(me);
        other.setPriority(7);
        Threads.Running sleeper =
                blocked(kind, () -> assertEquals(LockResult.BUSY, mutex.tryLock(other, 10, TimeUnit.SECONDS)));
        assertEquals(7, me.effectivePriority());
        Threads.until(() -> clock.sleepers() == 1);
        clock.advance(TimeUnit.SECONDS.toNanos(10) - 1);
        assertFalse(sleeper.isOver());
        clock.advance(1);
        sleeper.join();
        assertEquals(0, me.effectivePriority());
        mutex.unlock(me);
        assertEquals(0, words.load(0));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void interruptEndsAnInterruptibleLock(Threads kind) throws Exception {
        mutex.lock(me);
        Threads.Running sleeper =
                blocked(kind, () -> assertThrows(InterruptedException.class, () -> mutex.lockInterruptibly(other)));
        sleeper.thread.interrupt();
        sleeper.join();
        assertEquals(0, words.waiters(0));
        words.exit(other);
        assertEquals(me.tid() | W, words.load(0), "it has nothing to do with the mutex any more");
    }

    @Test
    void lockInterruptibly_interruptPending_throwsWithoutLock() {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> mutex.lockInterruptibly(me));
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> mutex.tryLock(me, 1, TimeUnit.SECONDS));
        assertFalse(Thread.interrupted());
        assertEquals(0, words.load(0));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void lock_interrupt_staysPendingAndKeepsPosition(Threads kind) throws Exception {
        mutex.lock(me);
        Threads.Running first = blocked(kind, () -> {
            mutex.lock(other);
            assertTrue(Thread.interrupted());
        });
        PiTask third = words.task();
        Threads.Running second = blocked(kind, () -> mutex.lock(third));
        first.thread.interrupt();
        Threads.until(() -> !first.thread.isInterrupted());
        mutex.unlock(me);
        first.join();
        assertTrue(mutex.isHeldBy(other));
        mutex.unlock(other);
        second.join();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void foreignCancelDoesNotEndALock(Threads kind) throws Exception {
        mutex.lock(me);
        Threads.Running sleeper = blocked(kind, () -> mutex.lock(other));
        assertEquals(1, words.table().cancel(key -> true));
        words.untilWaiters(0, 1);
        mutex.unlock(me);
        sleeper.join();
        assertTrue(mutex.isHeldBy(other));
    }

    @Test
    void lock_closingCycle_throwsDeadlock() throws Exception {
        PiMutex second = words.piMutex(2);
        mutex.lock(me);
        second.lock(other);
        Threads.Running sleeper = blocked(Threads.PLATFORM, () -> mutex.lock(other));
        assertThrows(DeadlockException.class, () -> second.lock(me));
        assertTrue(second.isHeldBy(other));
        mutex.unlock(me);
        sleeper.join();
        mutex.unlock(other);
        second.unlock(other);
        assertEquals(LockResult.LOCKED, second.lock(me));
    }

    @Test
    void unlockWaitsForTheMemoryThatItNeeds() {
        ScarceMemory memory = new ScarceMemory();
        List<PiTask> tasks = new ArrayList<>();
        FutexTable table = FutexTable.builder().tasks(tid -> tasks.get(tid - 1)).build();
        tasks.add(new PiTask(table, 1, memory));
        tasks.add(new PiTask(table, 2, memory));
        PiMutex scarce = new PiMutex(table, memory, 0, Scope.SHARED);
        scarce.lock(tasks.get(0));
        PiWait next = tasks.get(1).prepareLock(0, Scope.SHARED);
        memory.failAt(0, 3);
        scarce.unlock(tasks.get(0));
        assertEquals(PiResult.LOCKED, next.poll());
    }

    // ---- death

    @Test
    void lock_failureAfterOwnerDied_reportIsNotLost() {
        for (int call = 0, failures = 1; failures > 0; call++) {
            Faults faults = new Faults();
            List<PiTask> tasks = new ArrayList<>();
            FutexTable table =
                    FutexTable.builder().tasks(tid -> tasks.get(tid - 1)).build();
            for (int tid = 1; tid <= 3; tid++) {
                tasks.add(new PiTask(table, tid, faults.memory));
            }
            PiMutex failing = new PiMutex(table, faults.memory, 0, Scope.PRIVATE);
            failing.lock(tasks.get(0));
            tasks.get(0).exit();
            faults.failAt(call, () -> new IllegalStateException("planned"));
            try {
                assertEquals(LockResult.OWNER_DIED, failing.lock(tasks.get(1)), "call " + call);
            } catch (IllegalStateException planned) {
                faults.work();
                assertTrue(failing.isRecoverable(), "call " + call);
                assertEquals(LockResult.OWNER_DIED, failing.lock(tasks.get(2)), "call " + call);
            }
            failures = faults.haveComeTrue() ? 1 : 0;
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void ownerDies_noWaiters_nextGetsOwnerDied(WordPlacement place) {
        WordPlacement.Side here = place.here();
        WordPlacement.Side there = place.there();
        PiTask dying = here.task();
        PiTask next = there.task();
        here.piMutex(0).lock(dying);
        here.exit(dying);
        assertEquals(D, there.load(0));
        PiMutex m = there.piMutex(0);
        assertEquals(LockResult.OWNER_DIED, m.tryLock(next));
        assertEquals(next.tid() | D, there.load(0));
        m.markConsistent(next);
        assertEquals(next.tid(), there.load(0));
        m.unlock(next);
        assertEquals(LockResult.LOCKED, here.piMutex(0).lock(here.task()));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RIGHT")
    void mutantDeath_noWaiters_isDetected(Death death) {
        words.dying(death);
        WordPlacement place = new WordPlacement("private", words, words);
        assertThrows(AssertionError.class, () -> ownerDies_noWaiters_nextGetsOwnerDied(place));
    }

    static Stream<Object[]> deaths() {
        return contests();
    }

    @ParameterizedTest
    @MethodSource("deaths")
    void ownerDies_waiters_firstGetsOwnerDied(WordPlacement place, Threads kind) throws Exception {
        WordPlacement.Side here = place.here();
        WordPlacement.Side there = place.there();
        PiTask dying = here.task();
        PiTask heir = there.task();
        PiTask last = there.task();
        PiMutex m = there.piMutex(0);
        here.piMutex(0).lock(dying);
        Threads.Running first = kind.start(() -> {
            assertEquals(LockResult.OWNER_DIED, m.lock(heir));
            m.markConsistent(heir);
            m.unlock(heir);
        });
        here.untilWaiters(0, 1);
        Threads.Running second = kind.start(() -> assertEquals(LockResult.LOCKED, m.lock(last)));
        here.untilWaiters(0, 2);
        here.exit(dying);
        first.join();
        second.join();
        assertTrue(m.isHeldBy(last));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void mutantExitAsUnlock_waiters_isDetected(Threads kind) {
        words.dying(Death.AS_AN_UNLOCK);
        WordPlacement place = new WordPlacement("private", words, words);
        assertThrows(AssertionError.class, () -> ownerDies_waiters_firstGetsOwnerDied(place, kind));
        words.exitAll(); // the second still waits
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void markConsistent_waiters_keepsThem(Threads kind) throws Exception {
        mutex.lock(me);
        words.exit(me);
        assertEquals(LockResult.OWNER_DIED, mutex.lock(other));
        PiTask third = words.task();
        Threads.Running sleeper = blocked(kind, () -> assertEquals(LockResult.LOCKED, mutex.lock(third)));
        assertEquals(other.tid() | W | D, words.load(0));
        mutex.markConsistent(other);
        mutex.markConsistent(other);
        assertEquals(other.tid() | W, words.load(0));
        mutex.unlock(other);
        sleeper.join();
    }

    @Test
    void ownerDies_beforeMarkConsistent_nextGetsOwnerDied() {
        mutex.lock(me);
        words.exit(me);
        assertEquals(LockResult.OWNER_DIED, mutex.lock(other));
        words.exit(other);
        PiTask third = words.task();
        assertEquals(LockResult.OWNER_DIED, mutex.lock(third));
        mutex.markConsistent(third);
        mutex.unlock(third);
        assertTrue(mutex.isRecoverable());
    }

    @Test
    void unlock_withoutMarkConsistent_isNotRecoverable() throws Exception {
        mutex.lock(me);
        words.exit(me);
        mutex.lock(other);
        mutex.unlock(other);
        assertFalse(mutex.isRecoverable());
        assertThrows(NotRecoverableException.class, () -> mutex.lock(other));
        assertThrows(NotRecoverableException.class, () -> mutex.tryLock(other));
        assertThrows(NotRecoverableException.class, () -> mutex.lockInterruptibly(words.task()));
        assertThrows(NotRecoverableException.class, () -> mutex.tryLock(other, 1, TimeUnit.SECONDS));
        words.store(0, 0);
        words.store(1, 0);
        assertEquals(LockResult.LOCKED, mutex.lock(other));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void unlock_withoutMarkConsistent_allWaitersThrow(Threads kind) throws Exception {
        mutex.lock(me);
        words.exit(me);
        mutex.lock(other);
        List<Threads.Running> sleepers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            PiTask task = words.task();
            sleepers.add(blocked(kind, () -> assertThrows(NotRecoverableException.class, () -> mutex.lock(task))));
        }
        mutex.unlock(other);
        for (Threads.Running sleeper : sleepers) {
            sleeper.join();
        }
        assertEquals(0, words.load(0));
    }

    @Test
    void lock_reusedThreadId_isNotTakenForOwner() {
        mutex.lock(me);
        words.exit(me);
        PiTask sameId = words.task(me.tid());
        assertEquals(LockResult.OWNER_DIED, mutex.lock(sameId));
    }

    @Test
    void ownerDies_withoutRobustWord_nextGetsOwnerDied() throws Exception {
        assertEquals(PiResult.LOCKED, me.lock(words.address(0), words.scope(), Deadline.NEVER));
        words.exit(me);
        assertEquals(me.tid(), words.load(0));
        assertEquals(LockResult.OWNER_DIED, mutex.lock(other));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void taskDies_whileWaiting_doesNotOwnMutex(Threads kind) throws Exception {
        mutex.lock(me);
        Threads.Running sleeper =
                blocked(kind, () -> assertThrows(IllegalStateException.class, () -> mutex.lock(other)));
        words.exit(other);
        sleeper.join();
        mutex.unlock(me);
        assertEquals(0, words.load(0));
    }

    /**
     * Between the hand-off and the return of the new owner's thread, only the exit can release the mutex.
     */
    @ParameterizedTest
    @MethodSource("kinds")
    void taskDies_afterHandOff_mutexIsForwarded(Threads kind) throws Exception {
        for (int round = 0; round < 300; round++) {
            PiTask dying = words.task();
            mutex.lock(me);
            Threads.Running sleeper = blocked(kind, () -> {
                try {
                    mutex.lock(dying);
                } catch (IllegalStateException e) {
                    assertTrue(dying.isDead());
                }
            });
            mutex.unlock(me);
            words.exit(dying);
            assertEquals(D, words.load(0) & ~W);
            assertEquals(LockResult.OWNER_DIED, mutex.lock(me));
            mutex.markConsistent(me);
            mutex.unlock(me);
            sleeper.join();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RIGHT")
    void mutantDeath_afterHandOff_isDetected(Death death) {
        words.dying(death);
        assertThrows(AssertionError.class, () -> taskDies_afterHandOff_mutexIsForwarded(Threads.PLATFORM));
    }

    /**
     * Another thread kills the task at any point of its lock or unlock. The mutex remains usable.
     */
    @ParameterizedTest
    @MethodSource("kinds")
    void exit_whileLocking_leavesNothingLocked(Threads kind) throws Exception {
        for (int round = 0; round < 500; round++) {
            PiTask victim = words.task();
            Threads.Running running = kind.start(() -> {
                try {
                    while (true) {
                        if (mutex.lock(victim) == LockResult.OWNER_DIED) {
                            mutex.markConsistent(victim);
                        }
                        mutex.unlock(victim);
                    }
                } catch (IllegalStateException | IllegalMonitorStateException e) {
                    assertTrue(victim.isDead(), e::toString);
                }
            });
            Threads.until(() -> mutex.isHeldBy(victim) || running.isOver());
            words.exit(victim);
            running.join();
            assertEquals(0, words.load(0) & PiTask.MAX_TID);
            LockResult result = mutex.tryLock(me);
            assertTrue(result.isLocked(), result::toString);
            mutex.markConsistent(me);
            mutex.unlock(me);
            assertEquals(0, words.load(0));
        }
    }

    // ---- contests

    @ParameterizedTest
    @MethodSource("contests")
    void onlyOneHoldsItUnderContention(WordPlacement place, Threads kind) throws Exception {
        int[] count = new int[1];
        int rounds = 2_000;
        Contest.run(kind, 8, place, (side, i) -> {
            PiMutex m = side.piMutex(3);
            PiTask task = side.task();
            task.setPriority(i % 3);
            for (int round = 0; round < rounds; round++) {
                LockResult result = switch (round % 4) {
                    case 0 -> m.lockInterruptibly(task);
                    case 1 -> m.tryLock(task, 1, TimeUnit.MINUTES);
                    default -> m.lock(task);
                };
                assertEquals(LockResult.LOCKED, result);
                count[0]++;
                m.unlock(task);
            }
        });
        assertEquals(8 * rounds, count[0]);
        assertEquals(0, place.here().load(3));
        assertEquals(0, place.here().waiters(3));
    }

    @ParameterizedTest
    @MethodSource("contests")
    void interruptsAndTimeoutsUnderContentionLoseNothing(WordPlacement place, Threads kind) throws Exception {
        int[] count = new int[1];
        int[] taken = new int[8];
        Thread[] threads = new Thread[8];
        Contest.run(kind, 8, place, (side, i) -> {
            threads[i] = Thread.currentThread();
            PiMutex m = side.piMutex(3);
            PiTask task = side.task();
            for (int round = 0; round < 1_500; round++) {
                Thread victim = threads[(i + 1) % 8];
                if (round % 7 == i % 7 && victim != null) {
                    victim.interrupt();
                }
                LockResult result;
                try {
                    result = round % 2 == 0
                            ? m.tryLock(task, 1 + round % 50, TimeUnit.MICROSECONDS)
                            : m.lockInterruptibly(task);
                } catch (InterruptedException e) {
                    result = LockResult.BUSY;
                }
                if (result.isLocked()) {
                    count[0]++;
                    taken[i]++;
                    m.unlock(task);
                }
            }
        });
        int sum = 0;
        for (int t : taken) {
            sum += t;
        }
        assertEquals(sum, count[0]);
        assertEquals(0, place.here().load(3));
        assertEquals(0, place.here().waiters(3));
    }
}

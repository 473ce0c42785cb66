package org.jfutex.example;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.jfutex.FutexTable;
import org.jfutex.WaitResult;
import org.jfutex.example.GuestScheduler.Blocked;
import org.jfutex.example.GuestScheduler.Guest;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.Deadline;
import org.jfutex.time.VirtualClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests guests that lock, wait and sleep on one Java thread. */
@Timeout(60)
class GuestSchedulerTest {

    private static final long LOCK = 0;
    private static final long COUNT = 64;
    private static final long NEVER_WOKEN = 128;

    private final VirtualClock clock = new VirtualClock();
    private final FutexTable table = FutexTable.builder().clock(clock).build();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(4096));
    private final GuestScheduler scheduler = new GuestScheduler(table);

    private Blocked wait(long address, int expected, Deadline deadline) {
        return new Blocked(table.prepare(memory, address, PRIVATE, expected), deadline);
    }

    /** A guest that counts up under a lock and holds it while it sleeps, so that the others are queued. */
    private final class Counter implements Guest {

        private int rounds;
        private int seen = -1;
        private boolean contended;

        Counter(int rounds) {
            this.rounds = rounds;
        }

        @Override
        public @Nullable Blocked run(@Nullable WaitResult last) {
            while (rounds > 0) {
                if (seen < 0) {
                    boolean taken =
                            contended ? memory.getAndSet(LOCK, 2) == 0 : memory.compareAndExchange(LOCK, 0, 1) == 0;
                    if (!taken) {
                        contended = true;
                        memory.compareAndExchange(LOCK, 1, 2);
                        return GuestSchedulerTest.this.wait(LOCK, 2, Deadline.NEVER);
                    }
                    seen = memory.load(COUNT);
                    return GuestSchedulerTest.this.wait(NEVER_WOKEN, 0, Deadline.after(1));
                }
                assertEquals(WaitResult.TIMED_OUT, last);
                memory.store(COUNT, seen + 1);
                seen = -1;
                contended = false;
                rounds--;
                if (memory.getAndSet(LOCK, 0) == 2) {
                    table.wake(memory, LOCK, PRIVATE, 1);
                }
            }
            return null;
        }
    }

    @Test
    void guestsOfOneThread_excludeEachOtherAndAllFinish() {
        for (int i = 0; i < 20; i++) {
            scheduler.start(new Counter(10));
        }
        for (scheduler.runUntilIdle(); scheduler.alive() > 0; scheduler.runUntilIdle()) {
            assertTrue(clock.sleepers() > 0, scheduler::toString); // otherwise all guests would wait for ever
            clock.advance(1);
        }
        assertEquals(200, memory.load(COUNT));
        assertEquals(0, table.waiters().size());
        assertEquals(0, clock.sleepers());
    }

    /**
     * A guest that waits until one word has changed and then changes the other. In between it sleeps by the system
     * clock.
     */
    private static final class Answerer implements Guest {

        private static final long QUESTION = 0;
        private static final long ANSWER = 64;

        private final FutexTable table;
        private final FlatMemory memory;
        private final int rounds;
        private int answered;
        private boolean rested = true;

        Answerer(FutexTable table, FlatMemory memory, int rounds) {
            this.table = table;
            this.memory = memory;
            this.rounds = rounds;
        }

        @Override
        public @Nullable Blocked run(@Nullable WaitResult last) {
            if (!rested) {
                rested = true;
                return new Blocked(table.prepare(memory, NEVER_WOKEN, PRIVATE, 0), Deadline.after(1_000));
            }
            if (answered == rounds) {
                return null;
            }
            if (memory.load(QUESTION) == answered) {
                return new Blocked(table.prepare(memory, QUESTION, PRIVATE, answered), Deadline.NEVER);
            }
            memory.store(ANSWER, ++answered);
            table.wake(memory, ANSWER, PRIVATE, 1);
            rested = false;
            return run(null);
        }
    }

    @Test
    void guests_areWokenByOtherThreadsAndByTheClock() throws Exception {
        int guests = 4;
        int rounds = 1_000;
        FutexTable real = new FutexTable();
        GuestScheduler idle = new GuestScheduler(real);
        List<FutureTask<Integer>> foreigners = new ArrayList<>();
        for (int i = 0; i < guests; i++) {
            FlatMemory theirs = FlatMemory.of(ByteBuffer.allocateDirect(256));
            idle.start(new Answerer(real, theirs, rounds));
            foreigners.add(new FutureTask<>(() -> ask(real, theirs, rounds)));
        }
        foreigners.forEach(f -> start(f));
        idle.run();
        for (FutureTask<Integer> f : foreigners) {
            assertEquals(rounds, f.get());
        }
        assertEquals(0, idle.alive());
        assertEquals(0, real.waiters().size());
    }

    private static int ask(FutexTable table, FlatMemory memory, int rounds) throws InterruptedException {
        for (int i = 1; i <= rounds; i++) {
            memory.store(Answerer.QUESTION, i);
            table.wake(memory, Answerer.QUESTION, PRIVATE, 1);
            while (memory.load(Answerer.ANSWER) < i) {
                table.await(memory, Answerer.ANSWER, PRIVATE, i - 1);
            }
        }
        return memory.load(Answerer.ANSWER);
    }

    @Test
    void scheduler_sleepsWhileAllGuestsWait() throws Exception {
        FutexTable real = new FutexTable();
        GuestScheduler idle = new GuestScheduler(real);
        idle.start(new Answerer(real, memory, 1));
        FutureTask<Integer> run = new FutureTask<>(() -> {
            idle.run();
            return idle.alive();
        });
        Thread thread = start(run);
        while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        assertEquals(1, ask(real, memory, 1));
        assertEquals(0, run.get());
    }

    private static Thread start(Runnable task) {
        Thread t = new Thread(task);
        t.setDaemon(true);
        t.start();
        return t;
    }
}

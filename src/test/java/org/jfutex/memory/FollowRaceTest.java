package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappingListener;
import org.jfutex.key.MemoryFaultException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Threads map, move and unmap the same few pages at random while others begin to wait there. Each page holds a number
 * of its own, and a waiter waits for the number of its page to change. Afterwards each waiter is where its page is, or
 * its wait has ended as unmapped.
 */
@Timeout(120)
@SuppressWarnings("ThreadPriorityCheck") // a yield before a report lets others overtake it
class FollowRaceTest {

    private static final long PAGE = 4096;
    private static final long AT = 0x10_0000;
    private static final int SLOTS = 8;
    private static final int MOVERS = 3;
    private static final int STEPS = 40;
    private static final int ROUNDS = 150;

    private final FutexTable table = new FutexTable();
    private final MappingListener follower = table.mappingListener();
    private final AtomicInteger pages = new AtomicInteger();
    private final AddressSpace space = new AddressSpace(SpaceSettings.DEFAULT.withListener(new MappingListener() {
        @Override
        public void moved(FutexMemory memory, long from, long length, long to) {
            Thread.yield();
            follower.moved(memory, from, length, to);
        }

        @Override
        public void unmapped(FutexMemory memory, long from, long length) {
            Thread.yield();
            follower.unmapped(memory, from, length);
        }
    }));

    /** A wait, and the number of the page that it waits on. */
    private record Waiting(int page, PreparedWait handle) {}

    private static long slot(Random random) {
        return AT + PAGE * random.nextInt(SLOTS);
    }

    private void change(Random random) {
        long at = slot(random);
        long to = slot(random);
        try {
            switch (random.nextInt(16)) {
                case 0 -> space.unmap(at, PAGE);
                case 1 -> number(space.map(MapRequest.anonymous(PAGE).at(at)));
                case 2 -> number(space.map(MapRequest.anonymous(PAGE).atFree(at)));
                default -> {
                    if (at != to) {
                        space.remapTo(at, PAGE, PAGE, to);
                    }
                }
            }
        } catch (MappingException | MemoryFaultException e) {
            // the page is not where it was, or another one is there
        }
    }

    /** Numbers the page at an address, which may be another one by now, unless it has a number. */
    private void number(long at) {
        space.compareAndExchange(at, 0, pages.incrementAndGet());
    }

    private void await(Random random, List<Waiting> waits) {
        long at = slot(random);
        Scope scope = random.nextBoolean() ? Scope.PRIVATE : Scope.SHARED;
        try {
            int page = space.load(at);
            if (page != 0) {
                waits.add(new Waiting(page, table.prepare(space, at, scope, page)));
            }
        } catch (MemoryFaultException e) {
            // nothing is mapped there
        }
    }

    @Test
    void concurrentMoves_everyWaiter_followsPageOrEndsUnmapped() throws Exception {
        int found = 0;
        ExecutorService threads = Executors.newFixedThreadPool(MOVERS + 1);
        try {
            for (int round = 0; round < ROUNDS; round++) {
                found += check(round, run(threads, round));
            }
        } finally {
            threads.shutdownNow();
        }
        assertTrue(found > ROUNDS, found + " waiters were found");
    }

    private List<Waiting> run(ExecutorService threads, int round) throws Exception {
        List<Waiting> waits = new ArrayList<>(); // of one thread
        CountDownLatch start = new CountDownLatch(MOVERS + 1);
        AtomicInteger moving = new AtomicInteger(MOVERS + 1);
        List<Future<?>> ends = new ArrayList<>();
        for (int i = 0; i <= MOVERS; i++) {
            boolean mover = i < MOVERS;
            Random random = new Random(round * 31L + i);
            ends.add(threads.submit(() -> {
                start.countDown();
                start.await();
                for (int step = 0; mover && step < STEPS; step++) {
                    change(random);
                }
                moving.decrementAndGet(); // each thread once, so that the waiter continues while others move
                while (!mover && moving.get() > 0) {
                    await(random, waits);
                    Thread.yield();
                }
                return null;
            }));
        }
        for (Future<?> end : ends) {
            end.get(60, TimeUnit.SECONDS);
        }
        return waits;
    }

    private int check(int round, List<Waiting> waits) {
        Map<Integer, Long> places = new HashMap<>();
        for (long at = AT; at < AT + SLOTS * PAGE; at += PAGE) {
            if (space.vmaAt(at) != null) {
                places.put(space.load(at), at);
            }
        }
        int found = 0;
        for (Waiting waiting : waits) {
            String what = "a waiter of page " + waiting.page + " in round " + round;
            Long at = places.get(waiting.page);
            if (at != null) {
                for (Scope scope : Scope.values()) {
                    table.wake(space, at, scope, Integer.MAX_VALUE);
                }
            }
            WaitResult result = waiting.handle.poll();
            found += result == WaitResult.WOKEN ? 1 : 0;
            assertTrue(
                    result == WaitResult.UNMAPPED
                            || result == WaitResult.VALUE_DIFFERS
                            || (result == WaitResult.WOKEN && at != null),
                    () -> what + " ended as " + result);
        }
        assertEquals(List.of(), table.waiters());
        return found;
    }
}

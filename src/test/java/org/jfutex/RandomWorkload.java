package org.jfutex;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Random;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.time.Deadline;

/**
 * A worker that performs random operations on a few words. It waits, times out, is interrupted, cancels, opens
 * descriptors, adds callbacks, waits on many words, wakes and requeues. It reports wakes and ends to the {@link
 * WakeConservation}. Its memories may be unmapped at any moment.
 */
final class RandomWorkload extends Worker {

    private static final int WORDS = 3;
    private static final WakeOp NOTHING = new WakeOp(WakeOp.Operation.ADD, 0, false, WakeOp.Comparison.EQ, 0);

    /** The memories with the words. */
    record Place(FutexMemory memory, long base) {}

    private final WakeConservation law;
    private final FutexTable table;
    private final List<Place> places;
    private final Runnable interruptSomebody;
    private final Random random;
    private final ArrayDeque<PreparedWait> open = new ArrayDeque<>();
    private final ArrayDeque<PreparedWait> called = new ArrayDeque<>();
    private final ArrayDeque<FutexFd> fds = new ArrayDeque<>();
    private final FutexFd.Options counting;

    private FutexMemory memory;
    private long base;

    RandomWorkload(
            String name,
            long seed,
            WakeConservation law,
            FutexTable table,
            List<Place> places,
            Runnable interruptSomebody) {
        super(name);
        this.law = law;
        this.table = table;
        this.places = places;
        this.interruptSomebody = interruptSomebody;
        random = new Random(seed);
        counting = new FutexFd.Options(1, (fd, s) -> law.ended(WaitResult.WOKEN), false);
        memory = places.get(0).memory();
        base = places.get(0).base();
    }

    @Override
    void step() {
        Place place = places.get(random.nextInt(places.size()));
        memory = place.memory();
        base = place.base();
        try {
            anything();
        } catch (MemoryFaultException e) {
            return; // the word was unmapped, so the operation did nothing
        } finally {
            while (open.size() + fds.size() > 8) {
                close();
            }
            while (called.size() > 4) {
                called.remove().cancel();
            }
        }
    }

    @Override
    void end() {
        while (!open.isEmpty() || !fds.isEmpty() || !called.isEmpty()) {
            close();
        }
        Thread.interrupted();
    }

    private void anything() {
        Scope scope = random.nextInt(4) == 0 ? Scope.SHARED : Scope.PRIVATE;
        long word = word();
        switch (random.nextInt(12)) {
            case 0, 1 -> await(word, scope, random.nextInt(200_000));
            case 2 -> await(word, scope, 0);
            case 3 -> open.add(table.prepare(memory, word, scope, 0));
            case 4 -> fds.add(FutexFd.open(table, memory, word, scope, counting));
            case 5 -> {
                PreparedWait wait = table.prepare(memory, word, scope, 0);
                wait.onEnd(law::ended);
                if (random.nextBoolean()) {
                    wait.cancel();
                } else {
                    called.add(wait);
                }
            }
            case 6 -> any(scope);
            case 7, 8 -> law.woke(table.wake(memory, word, scope, 1 + random.nextInt(3)));
            case 9 ->
                law.woke(table.requeue(memory, word, word(), scope, random.nextInt(2), random.nextInt(9))
                        .woken());
            case 10 -> law.woke(table.wakeOp(memory, word, word(), scope, 1, 1, NOTHING));
            default -> interruptSomebody.run();
        }
    }

    private void await(long word, Scope scope, long nanos) {
        try {
            law.ended(table.await(memory, word, scope, 0, Deadline.after(nanos)));
        } catch (InterruptedException e) {
            return; // no wake came before the cancel
        }
    }

    private void any(Scope scope) {
        PreparedWait any =
                table.prepareAny(memory, List.of(new WaitWord(word(), scope, 0), new WaitWord(word(), scope, 0)), 0);
        try {
            any.await(Deadline.after(random.nextInt(100_000)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        any.cancel();
        for (Waiter entry : ((WaitvWait) any).entries) {
            law.ended(entry.ended());
        }
    }

    private void close() {
        PreparedWait wait = open.poll();
        if (wait != null) {
            law.ended(wait.cancel());
        }
        FutexFd fd = fds.poll();
        if (fd != null) {
            fd.close();
        }
        if (!called.isEmpty()) {
            called.remove().cancel();
        }
    }

    private long word() {
        return base + 64L * (1 + random.nextInt(WORDS));
    }
}

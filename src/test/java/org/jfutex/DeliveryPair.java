package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;
import org.jspecify.annotations.Nullable;

/**
 * A worker that waits and a worker that wakes it, which report to the {@link DeliveryLaw} how late each wake arrived.
 *
 * <p>Most waits have deadlines of seconds, on both clocks. A waiter that misses its wake sleeps until its deadline,
 * which is later than the law permits. Without a deadline it makes no further step, which {@link Soak} detects.
 */
final class DeliveryPair {

    /** The planted faults. */
    enum Flaw {
        NONE,
        /** A callback is not called, after a hundred that were. */
        DROPPED_CALLBACK
    }

    private static final long WORD = 64;
    private static final long PAUSE = TimeUnit.MICROSECONDS.toNanos(100);
    private static final int PATIENCE = 10; // seconds

    private final FutexTable table;
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(128));
    private final WakeConservation conservation;
    private final DeliveryLaw law;
    private final Random random;
    private final Flaw flaw;
    private int callbacks;

    private volatile int rounds; // waits that have begun, written by the waiter
    private volatile long sentAt; // when the waker began the wake

    DeliveryPair(FutexTable table, WakeConservation conservation, DeliveryLaw law, long seed, Flaw flaw) {
        this.table = table;
        this.conservation = conservation;
        this.law = law;
        this.random = new Random(seed);
        this.flaw = flaw;
    }

    /** The worker that waits. */
    Worker waiter(String name) {
        return new Worker(name) {
            @Override
            @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
            void step() throws Exception {
                rounds++;
                round();
            }
        };
    }

    /** The worker that wakes. */
    Worker waker(String name) {
        return new Worker(name) {
            private int served;

            @Override
            void step() {
                LockSupport.parkNanos(this, PAUSE);
                int round = rounds;
                if (round != served) {
                    sentAt = System.nanoTime();
                    int woken = table.wake(memory, WORD, Scope.PRIVATE, 1);
                    conservation.woke(woken);
                    served = woken == 1 ? round : served;
                }
            }
        };
    }

    /** Ends the waits of a soak that is over. */
    void end() {
        table.cancel(memory);
    }

    private void round() throws InterruptedException {
        switch (random.nextInt(6)) {
            case 0 -> arrived(table.await(memory, WORD, Scope.PRIVATE, 0, deadline()));
            case 1 -> arrived(table.await(memory, WORD, Scope.PRIVATE, 0));
            case 2 -> arrived(table.prepare(memory, WORD, Scope.PRIVATE, 0).await(deadline()));
            case 3 ->
                arrived(table.prepareAny(memory, List.of(new WaitWord(WORD, Scope.PRIVATE, 0)), 0)
                        .await(deadline()));
            case 4 -> await(table.prepare(memory, WORD, Scope.PRIVATE, 0)::onEnd);
            default ->
                await(then -> table.prepare(memory, WORD, Scope.PRIVATE, 0)
                        .asStage(deadline())
                        .thenAccept(then));
        }
    }

    private Deadline deadline() {
        ClockId clock = random.nextBoolean() ? ClockId.REALTIME : ClockId.MONOTONIC;
        return Deadline.at(clock, table.clock().nanos(clock) + TimeUnit.SECONDS.toNanos(5 + random.nextInt(5)));
    }

    private void await(Consumer<Consumer<WaitResult>> wait) throws InterruptedException {
        CountDownLatch called = new CountDownLatch(1);
        wait.accept(result -> {
            if (flaw == Flaw.DROPPED_CALLBACK && callbacks++ == 100) {
                return;
            }
            arrived(result);
            called.countDown();
        });
        assertTrue(called.await(PATIENCE, TimeUnit.SECONDS), "a callback was not called");
    }

    private void arrived(WaitResult result) {
        conservation.ended(result);
        if (result == WaitResult.WOKEN) {
            law.delivered(System.nanoTime() - sentAt);
        }
    }

    /** A thread that is unparked, for comparison, and the thread that unparks it. */
    static final class Control {

        private final DeliveryLaw law;
        private volatile long sentAt; // 0 between two unparks
        private volatile @Nullable Thread waiting;

        Control(DeliveryLaw law) {
            this.law = law;
        }

        Worker sleeper(String name) {
            return new Worker(name) {
                @Override
                void step() {
                    waiting = Thread.currentThread();
                    for (int i = 0; sentAt == 0 && i < 10; i++) {
                        LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(100));
                    }
                    long sent = sentAt;
                    if (sent != 0) {
                        law.controlled(System.nanoTime() - sent);
                        sentAt = 0;
                    }
                }
            };
        }

        Worker unparker(String name) {
            return new Worker(name) {
                @Override
                void step() {
                    LockSupport.parkNanos(this, 10 * PAUSE);
                    Thread sleeper = waiting;
                    if (sleeper != null && sentAt == 0) {
                        waiting = null;
                        sentAt = System.nanoTime();
                        LockSupport.unpark(sleeper);
                    }
                }
            };
        }
    }
}

package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.Deadline;
import org.jfutex.time.VirtualClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/**
 * When callbacks are called: after the threads of their wake, one after the other, never one within another, and none
 * is lost.
 */
@Timeout(120)
class CallbackTest {

    private static final int LONG = 1_000_000; // deeper than any stack
    private static final long A = 0;
    private static final long B = 64;

    private final VirtualClock clock = new VirtualClock();
    private final FutexTable table = FutexTable.builder().clock(clock).build();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(4096));
    private final List<Object> heard = Collections.synchronizedList(new ArrayList<>());

    private PreparedWait prepare(long address) {
        return table.prepare(memory, address, PRIVATE, 0);
    }

    private int wake(long address, int count) {
        return table.wake(memory, address, PRIVATE, count);
    }

    // ---- chains

    /** Begins a wait, has something called at its end, and ends it. */
    private interface Link {
        void run(Runnable atItsEnd);
    }

    private record NamedLink(String name, Link link) {}

    private List<NamedLink> links() {
        return List.of(
                new NamedLink("wake", next -> {
                    prepare(A).onEnd(end -> next.run());
                    wake(A, 1);
                }),
                new NamedLink("wake of a stage", next -> {
                    prepare(A).asStage(Deadline.NEVER).thenAccept(end -> next.run());
                    wake(A, 1);
                }),
                new NamedLink("cancel", next -> {
                    PreparedWait wait = prepare(A);
                    wait.onEnd(end -> next.run());
                    wait.cancel();
                }),
                new NamedLink("cancel of all", next -> {
                    prepare(A).onEnd(end -> next.run());
                    table.cancel(memory);
                }),
                new NamedLink("requeue", next -> {
                    prepare(A).onEnd(end -> {});
                    prepare(A).onEnd(end -> next.run());
                    table.requeue(memory, A, B, PRIVATE, 1, 1);
                    wake(B, 1);
                }),
                new NamedLink("timeout", next -> {
                    prepare(A).asStage(Deadline.after(1)).thenAccept(end -> next.run());
                    clock.advance(1);
                }),
                new NamedLink(
                        "passed deadline",
                        next -> prepare(A).asStage(Deadline.after(0)).thenAccept(end -> next.run())),
                new NamedLink(
                        "value differs",
                        next -> table.prepare(memory, A, PRIVATE, 1).onEnd(end -> next.run())),
                new NamedLink("wait on many", next -> {
                    table.prepareAny(memory, List.of(new WaitWord(A, PRIVATE, 0), new WaitWord(B, PRIVATE, 0)), 0)
                            .onEnd(end -> next.run());
                    wake(B, 1);
                }));
    }

    /** A lock whose release is given on by callbacks does this. */
    @TestFactory
    Stream<DynamicTest> chainOfAMillionEnds() {
        return links().stream()
                .flatMap(link -> Stream.of(false, true)
                        .filter(virtual -> !virtual || virtualThread(() -> {}) != null)
                        .map(virtual -> DynamicTest.dynamicTest(
                                link.name + (virtual ? ", virtual" : ""),
                                () -> checkChain(
                                        link.link, link.name.startsWith("wake") ? LONG : LONG / 10, virtual))));
    }

    private void checkChain(Link link, int length, boolean virtual) throws Exception {
        int[] count = {0};
        Runnable[] step = new Runnable[1];
        step[0] = () -> {
            if (++count[0] < length) {
                link.run(step[0]);
            }
        };
        FutureTask<Integer> task = new FutureTask<>(() -> {
            prepare(128).onEnd(end -> step[0].run()); // the chain begins within a callback, as each of its links
            wake(128, 1);
            return count[0];
        });
        Thread thread = virtual ? virtualThread(task) : new Thread(null, task, "chain", 256 << 10);
        if (thread != null) {
            thread.start();
        }
        assertEquals(length, task.get(100, TimeUnit.SECONDS));
    }

    /** An unstarted virtual thread, null if this JDK has none. */
    private static @Nullable Thread virtualThread(Runnable task) {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            return (Thread) Class.forName("java.lang.Thread$Builder")
                    .getMethod("unstarted", Runnable.class)
                    .invoke(builder, task);
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    // ---- order

    @Test
    void onEnd_endedWaitWithinCallback_isCalledAfterwards() {
        PreparedWait ended = prepare(B);
        ended.cancel();
        prepare(A).onEnd(end -> {
            ended.onEnd(other -> heard.add("given"));
            ended.asStage(Deadline.NEVER).thenAccept(other -> heard.add("stage"));
            heard.add("giver");
        });
        wake(A, 1);
        assertEquals(List.of("giver", "given", "stage"), heard);
    }

    /** Also to a wait of the same wake, which has ended whether or not its listener was notified. */
    @Test
    void onEnd_sameWakeWithinCallback_isAccepted() {
        PreparedWait first = prepare(A);
        PreparedWait second = prepare(A);
        first.onEnd(end -> second.onEnd(other -> heard.add("third")));
        second.onEnd(end -> heard.add("second"));
        assertEquals(2, wake(A, 2));
        assertEquals(List.of("second", "third"), heard);
    }

    @Test
    void nestedWake_withinCallback_callbacksFollowOuterWake() {
        for (String name : List.of("1", "2", "3")) {
            prepare(A).onEnd(end -> {
                heard.add(name);
                prepare(B).onEnd(inner -> heard.add(name + "a"));
                prepare(B).onEnd(inner -> heard.add(name + "b"));
                assertEquals(2, wake(B, 9));
                heard.add(name + " returns");
            });
        }
        assertEquals(3, wake(A, 9));
        assertEquals(
                List.of("1", "1 returns", "2", "2 returns", "3", "3 returns", "1a", "1b", "2a", "2b", "3a", "3b"),
                heard);
    }

    @Test
    void cancelWithinACallbackReturnsBeforeTheCallback() {
        PreparedWait other = prepare(B);
        other.onEnd(heard::add);
        prepare(A).onEnd(end -> {
            assertEquals(WaitResult.CANCELLED, other.cancel());
            heard.add("cancelled");
        });
        wake(A, 1);
        assertEquals(List.of("cancelled", WaitResult.CANCELLED), heard);
    }

    /** Else it would absorb wakes until its callback is called. */
    @Test
    void waitv_wokenWithinCallback_leavesOtherQueuesAtOnce() {
        table.prepareAny(memory, List.of(new WaitWord(A, PRIVATE, 0), new WaitWord(B, PRIVATE, 0)), 0)
                .onEnd(heard::add);
        prepare(128).onEnd(end -> {
            wake(A, 1);
            heard.add(table.waiterCount(memory, B, PRIVATE));
        });
        wake(128, 1);
        assertEquals(List.of(0, WaitResult.WOKEN), heard);
    }

    // ---- threads come first

    /** Wakes a callback that blocks and what is behind it; it blocks until the latch is open. */
    private Threads.Running<Integer> wakeBlocked(CountDownLatch go) throws Exception {
        CountDownLatch blocked = new CountDownLatch(1);
        PreparedWait slow =
                table.prepare(memory, A, PRIVATE, 0, WaitOptions.DEFAULT.priority(1)); // in front of the queued waiters
        slow.onEnd(end -> {
            blocked.countDown();
            Threads.unchecked(() -> go.await(60, TimeUnit.SECONDS));
        });
        Threads.Running<Integer> waker = Threads.start(() -> wake(A, 9));
        assertTrue(blocked.await(60, TimeUnit.SECONDS));
        return waker;
    }

    @Test
    void wake_callbackBlocks_wokenThreadReturns() throws Exception {
        Threads.Running<WaitResult> sleeper = Threads.start(() -> table.await(memory, A, PRIVATE, 0));
        Threads.awaitAsleep(sleeper.thread());
        CountDownLatch go = new CountDownLatch(1);
        Threads.Running<Integer> waker = wakeBlocked(go);
        assertEquals(WaitResult.WOKEN, sleeper.answer().get(60, TimeUnit.SECONDS));
        go.countDown();
        assertEquals(2, waker.get());
    }

    @Test
    void wake_callbackBlocks_descriptorPollerReturns() throws Exception {
        FutexFd fd = FutexFd.open(table, memory, A, PRIVATE, FutexFd.Options.SILENT);
        Threads.Running<List<FutexFd>> poller = Threads.start(() -> FutexFd.poll(List.of(fd), Deadline.NEVER));
        while (poller.thread().getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        try (Selector selector = Selector.open()) {
            fd.channel().register(selector, SelectionKey.OP_READ);
            CountDownLatch go = new CountDownLatch(1);
            Threads.Running<Integer> waker = wakeBlocked(go);
            assertEquals(List.of(fd), poller.answer().get(60, TimeUnit.SECONDS));
            assertEquals(1, selector.select(60_000));
            go.countDown();
            assertEquals(2, waker.get());
        }
        fd.close();
    }

    @Test
    void descriptorIsReadableWhileItsSignalHandlerBlocks() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        FutexFd.Options slow =
                new FutexFd.Options(1, (it, signal) -> Threads.unchecked(() -> go.await(60, TimeUnit.SECONDS)), false);
        FutexFd fd = FutexFd.open(table, memory, A, PRIVATE, slow);
        Threads.Running<List<FutexFd>> poller = Threads.start(() -> FutexFd.poll(List.of(fd), Deadline.NEVER));
        while (poller.thread().getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        Threads.Running<Integer> waker = Threads.start(() -> wake(A, 1));
        assertEquals(List.of(fd), poller.answer().get(60, TimeUnit.SECONDS));
        go.countDown();
        assertEquals(1, waker.get());
        fd.close();
    }

    @Test
    void wakeWithinCallback_wokenThread_returnsBeforeCallback() throws Exception {
        Threads.Running<WaitResult> sleeper = Threads.start(() -> table.await(memory, B, PRIVATE, 0));
        Threads.awaitAsleep(sleeper.thread());
        prepare(A).onEnd(end -> {
            wake(B, 1);
            heard.add(Threads.unchecked(() -> sleeper.answer().get(60, TimeUnit.SECONDS)));
        });
        wake(A, 1);
        assertEquals(List.of(WaitResult.WOKEN), heard);
    }

    // ---- many threads

    /** More threads than there are lists of them, all within a callback at once: each finds its own queue. */
    @Test
    void eachThreadCallsItsOwnCallbacks() throws Exception {
        int threads = 200;
        for (int round = 0; round < 3; round++) {
            CountDownLatch inside = new CountDownLatch(threads);
            AtomicInteger called = new AtomicInteger();
            List<Threads.Running<@Nullable Void>> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                long address = 4L * i;
                all.add(Threads.start(() -> {
                    Thread me = Thread.currentThread();
                    boolean[] within = {false};
                    prepare(address).onEnd(end -> {
                        within[0] = true;
                        inside.countDown();
                        Threads.unchecked(() -> inside.await(60, TimeUnit.SECONDS));
                        for (int k = 0; k < 3; k++) {
                            prepare(address).onEnd(inner -> {
                                assertSame(me, Thread.currentThread());
                                called.addAndGet(within[0] ? 1_000_000 : 1);
                            });
                            wake(address, 1);
                        }
                        within[0] = false;
                    });
                    wake(address, 1);
                    return null;
                }));
            }
            for (Threads.Running<@Nullable Void> one : all) {
                assertNull(one.answer().get(60, TimeUnit.SECONDS));
            }
            assertEquals(3 * threads, called.get());
        }
        TableEmptyCheck.check(table);
    }

    @Test
    void callbacksAreCalledOnceEachUnderContention() throws Exception {
        int threads = 4;
        int each = 20_000;
        ConcurrentHashMap<Integer, Integer> calls = new ConcurrentHashMap<>();
        AtomicInteger number = new AtomicInteger();
        List<Threads.Running<@Nullable Void>> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            all.add(Threads.start(() -> {
                for (int k = 0; k < each; k++) {
                    int me = number.getAndIncrement();
                    prepare(A).onEnd(end -> {
                        calls.merge(me, 1, Integer::sum);
                        if (me % 3 == 0) {
                            wake(A, 1);
                        }
                    });
                    if (me % 2 == 0) {
                        wake(A, 2);
                    }
                }
                return null;
            }));
        }
        for (Threads.Running<@Nullable Void> one : all) {
            assertNull(one.answer().get(60, TimeUnit.SECONDS));
        }
        table.cancel(memory);
        assertEquals(threads * each, calls.size());
        assertTrue(calls.values().stream().allMatch(n -> n == 1));
        TableEmptyCheck.check(table);
    }

    // ---- failures

    @Test
    void callbackThatFillsTheStackLosesNoOther() throws Exception {
        AtomicInteger caught = new AtomicInteger();
        for (int i = 0; i < 5; i++) {
            prepare(A).onEnd(end -> {
                prepare(B).onEnd(inner -> heard.add(inner));
                wake(B, 1);
                fillStack();
            });
        }
        Threads.Running<Integer> waker = Threads.start(() -> {
            Thread.currentThread().setUncaughtExceptionHandler((t, e) -> {
                caught.addAndGet(e instanceof StackOverflowError ? 1 : 0);
                fillStack();
            });
            return wake(A, 9);
        });
        assertEquals(5, waker.get());
        assertEquals(5, caught.get());
        assertEquals(Collections.nCopies(5, WaitResult.WOKEN), heard);
    }

    @SuppressWarnings("InfiniteRecursion") // that is what it is for
    private static int fillStack() {
        return fillStack() + 1;
    }
}

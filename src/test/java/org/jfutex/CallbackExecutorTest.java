package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.ClockId;
import org.jfutex.time.DaemonThreads;
import org.jfutex.time.Deadline;
import org.jfutex.time.FutexClock;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Which thread calls the callbacks of waits that no thread of the caller has ended, and that a slow one delays no
 * other.
 */
@Timeout(120)
class CallbackExecutorTest {

    private static final long A = 0;

    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(4096));
    private final CountDownLatch go = new CountDownLatch(1);
    private final BlockingQueue<Thread> callers = new LinkedBlockingQueue<>();

    @AfterEach
    void release() {
        go.countDown();
    }

    private PreparedWait prepare(FutexTable table) {
        return table.prepare(memory, A, PRIVATE, 0);
    }

    private Thread caller() throws InterruptedException {
        Thread caller = callers.poll(60, TimeUnit.SECONDS);
        assertTrue(caller != null, "the callback was not called");
        return caller;
    }

    private void block() {
        callers.add(Thread.currentThread());
        Threads.unchecked(() -> go.await(60, TimeUnit.SECONDS));
    }

    /** A wait that times out, whose stage has its dependent before it does. */
    private void timeOut(FutexTable table, Runnable dependent) {
        CountDownLatch registered = new CountDownLatch(1);
        onTimer(() -> Threads.unchecked(() -> registered.await(60, TimeUnit.SECONDS)));
        prepare(table).asStage(Deadline.after(1)).thenRun(dependent);
        registered.countDown();
    }

    private static void onTimer(Runnable task) {
        FutexClock.system().schedule(ClockId.MONOTONIC, System.nanoTime(), task);
    }

    // ---- the default

    @Test
    void timeout_dependentStage_runsOffTimerThread() throws Exception {
        timeOut(new FutexTable(), () -> callers.add(Thread.currentThread()));
        Thread caller = caller();
        assertFalse(DaemonThreads.timerThread().isInstance(caller));
        assertNotSame(Thread.currentThread(), caller);
        assertTrue(caller.isDaemon());
        assertSame(ClassLoader.getSystemClassLoader(), caller.getContextClassLoader());
    }

    @Test
    void blockingDependent_otherTable_deadlinesAreOnTime() throws Exception {
        for (int i = 0; i < 20; i++) {
            timeOut(new FutexTable(), this::block);
            caller();
        }
        FutexTable other = new FutexTable();
        WaitResult end =
                prepare(other).asStage(Deadline.after(1)).toCompletableFuture().get(60, TimeUnit.SECONDS);
        assertEquals(WaitResult.TIMED_OUT, end);
        assertEquals(WaitResult.TIMED_OUT, other.await(memory, A, PRIVATE, 0, Deadline.after(1)));
    }

    /** A task of a user may run there, but the callbacks of the waits that it ends do not. */
    @Test
    void wakeByTimerTask_callback_runsOffTimerThread() throws Exception {
        FutexTable table = new FutexTable();
        for (int i = 0; i < 3; i++) {
            prepare(table).onEnd(end -> block());
        }
        BlockingQueue<Integer> woken = new LinkedBlockingQueue<>();
        onTimer(() -> woken.add(table.wake(memory, A, PRIVATE, 9)));
        for (int i = 0; i < 3; i++) {
            assertFalse(DaemonThreads.timerThread().isInstance(caller()));
        }
        assertEquals(3, woken.poll(60, TimeUnit.SECONDS));
    }

    @Test
    void timeout_priorityListener_runsOffTimerThread() throws Exception {
        FutexTable[] table = new FutexTable[1];
        PiTask[] tasks = new PiTask[2];
        table[0] = FutexTable.builder().tasks(tid -> tasks[tid - 1]).build();
        BlockingQueue<Integer> heard = new LinkedBlockingQueue<>();
        tasks[0] = PiTask.listened(table[0], 1, memory, (task, priority) -> {
            callers.add(Thread.currentThread());
            heard.add(priority);
        });
        tasks[1] = new PiTask(table[0], 2, memory);
        tasks[1].setPriority(5);
        assertEquals(PiResult.LOCKED, tasks[0].tryLock(A, PRIVATE));
        PiWait wait = tasks[1].prepareLock(A, PRIVATE);
        assertEquals(5, heard.poll(60, TimeUnit.SECONDS));
        caller();
        wait.asStage(Deadline.after(1));
        assertEquals(0, heard.poll(60, TimeUnit.SECONDS));
        assertFalse(DaemonThreads.timerThread().isInstance(caller()));
    }

    // ---- an executor of the table

    private FutexTable table(Executor executor) {
        return FutexTable.builder().callbackExecutor(executor).build();
    }

    @Test
    void executorOfTheTableRunsTheDependent() throws Exception {
        BlockingQueue<Runnable> given = new LinkedBlockingQueue<>();
        timeOut(table(given::add), () -> callers.add(Thread.currentThread()));
        Runnable task = given.poll(60, TimeUnit.SECONDS);
        assertTrue(task != null);
        assertNull(callers.peek());
        task.run();
        assertSame(Thread.currentThread(), caller());
        task.run();
        assertNull(callers.peek(), "called twice");
    }

    @Test
    void callback_directExecutor_isCalled() throws Exception {
        timeOut(table(Runnable::run), () -> callers.add(Thread.currentThread()));
        assertInstanceOf(DaemonThreads.timerThread(), caller());
    }

    @Test
    void executorThatFailsLosesNoCallback() throws Exception {
        Executor failing = task -> {
            throw new RejectedExecutionException("planned");
        };
        Executor exhausted = task -> {
            throw new OutOfMemoryError("planned, printed by the thread that keeps the time");
        };
        for (Executor executor : List.of(failing, exhausted)) {
            timeOut(table(executor), () -> callers.add(Thread.currentThread()));
            assertFalse(DaemonThreads.timerThread().isInstance(caller()));
        }
    }

    /** It has accepted the task and fails then, so two threads are given it. */
    @Test
    void executorThatFailsLateCallsNoCallbackTwice() throws Exception {
        Executor late = task -> {
            task.run();
            throw new RejectedExecutionException("planned");
        };
        FutexTable table = table(late);
        timeOut(table, () -> callers.add(Thread.currentThread()));
        caller();
        timeOut(new FutexTable(), () -> callers.add(Thread.currentThread())); // behind what the threads were given
        caller();
        assertNull(callers.peek());
    }

    @Test
    void wake_callback_runsOnWakerForAnyExecutor() throws Exception {
        FutexTable table = table(task -> {
            throw new AssertionError("not needed");
        });
        prepare(table).onEnd(end -> callers.add(Thread.currentThread()));
        assertEquals(1, table.wake(memory, A, PRIVATE, 1));
        assertSame(Thread.currentThread(), callers.poll());
    }

    @Test
    void virtualClockAdvance_noExecutor_notifiesBeforeReturn() {
        VirtualClock clock = new VirtualClock();
        List<Runnable> given = new ArrayList<>();
        FutexTable table =
                FutexTable.builder().clock(clock).callbackExecutor(given::add).build();
        prepare(table).asStage(Deadline.after(5)).thenRun(() -> callers.add(Thread.currentThread()));
        clock.advance(5);
        assertSame(Thread.currentThread(), callers.poll());
        assertEquals(List.of(), given);
    }

    // ---- threads that cannot be made

    private FutexTable table(CallbackThreads threads) {
        FutexTableBuilder builder = FutexTable.builder();
        builder.callbackThreads = threads;
        return builder.build();
    }

    @Test
    void timeout_noThreadAvailable_timerThreadCallsCallback() throws Exception {
        CallbackThreads none = new CallbackThreads(
                task -> {
                    throw new OutOfMemoryError("unable to create native thread");
                },
                9);
        for (int i = 0; i < 3; i++) {
            timeOut(table(none), () -> callers.add(Thread.currentThread()));
            assertInstanceOf(DaemonThreads.timerThread(), caller());
        }
        assertEquals(0, none.threads());
    }

    @Test
    void callbacks_moreThanMaxThreads_waitForFreeThread() throws Exception {
        AtomicInteger made = new AtomicInteger();
        CallbackThreads two = new CallbackThreads(
                task -> {
                    made.incrementAndGet();
                    Thread t = new Thread(task);
                    t.setDaemon(true);
                    return t;
                },
                2);
        FutexTable table = table(two);
        timeOut(table, this::block);
        timeOut(table, this::block);
        Thread first = caller();
        Thread second = caller();
        for (int i = 0; i < 5; i++) {
            timeOut(table, () -> callers.add(Thread.currentThread()));
        }
        assertEquals(2, two.threads());
        assertNull(callers.peek());
        go.countDown();
        for (int i = 0; i < 5; i++) {
            Thread caller = caller();
            assertTrue(caller == first || caller == second);
        }
        assertEquals(2, made.get());
        first.join(60_000); // a thread without work ends
        second.join(60_000);
        assertEquals(0, two.threads());
    }

    @Test
    void threadThatIsIdleIsUsedAgain() throws Exception {
        AtomicInteger made = new AtomicInteger();
        CallbackThreads threads = new CallbackThreads(
                task -> {
                    made.incrementAndGet();
                    Thread t = new Thread(task);
                    t.setDaemon(true);
                    return t;
                },
                9);
        FutexTable table = table(threads);
        for (int i = 0; i < 5; i++) {
            timeOut(table, () -> {
                callers.add(Thread.currentThread());
                Thread.currentThread().interrupt(); // changes nothing
            });
            Thread caller = caller();
            while (caller.getState() != Thread.State.TIMED_WAITING && caller.isAlive()) {
                Thread.onSpinWait();
            }
        }
        assertTrue(made.get() < 5, made::toString);
    }
}

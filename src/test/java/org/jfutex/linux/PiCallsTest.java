package org.jfutex.linux;

import static org.jfutex.linux.Machine.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jfutex.FutexTable;
import org.jfutex.key.Access;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.MemoryFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tests priority-inheritance locks as raw calls: words before and after, as recorded on a kernel. T is the caller, X
 * another task.
 */
class PiCallsTest {

    private static final long LOCK = S;
    private static final long COND = S + 64;

    private final Machine m = new Machine();
    private final Task t = m.task;

    private int value(String text, int x) {
        int value = 0;
        for (String part : text.split("\\|", -1)) {
            value |= switch (part.trim()) {
                case "T" -> t.tid();
                case "X" -> x;
                case "W" -> WAITERS;
                case "D" -> OWNER_DIED;
                default -> 0;
            };
        }
        return value;
    }

    private static int op(String name) {
        return switch (name) {
            case "LOCK" -> LOCK_PI;
            case "LOCK2" -> LOCK_PI2;
            case "TRYLOCK" -> TRYLOCK_PI;
            default -> UNLOCK_PI;
        };
    }

    @ParameterizedTest(name = "{1} of {0}, X is {2}: {3}")
    @CsvSource({
        "0,     LOCK,    -,      0,         T",
        "0,     TRYLOCK, -,      0,         T",
        "T,     LOCK,    -,      EDEADLK,   T",
        "T|W,   LOCK,    -,      EDEADLK,   T|W",
        "T,     TRYLOCK, -,      EDEADLK,   T",
        "T|W,   TRYLOCK, -,      EDEADLK,   T|W",
        "W,     LOCK,    -,      0,         T",
        "D,     LOCK,    -,      0,         T|D",
        "D,     TRYLOCK, -,      0,         T|D",
        "D|W,   LOCK,    -,      0,         T|D",
        "X,     LOCK,    dead,   ESRCH,     X|W",
        "X,     TRYLOCK, dead,   ESRCH,     X|W",
        "X|D,   LOCK,    dead,   ESRCH,     X|D|W",
        "X,     LOCK,    kernel, EPERM,     X|W",
        "X,     LOCK,    alien,  ETIMEDOUT, X|W",
        "X,     TRYLOCK, alien,  EAGAIN,    X|W",
        "X,     LOCK,    zombie, ESRCH,     X|W",
        "X,     TRYLOCK, alive,  EAGAIN,    X|W",
        "X,     LOCK,    alive,  ETIMEDOUT, X|W",
        "X,     LOCK2,   alive,  ETIMEDOUT, X|W",
        "T,     UNLOCK,  -,      0,         0",
        "T|W,   UNLOCK,  -,      0,         0",
        "T|D,   UNLOCK,  -,      0,         0",
        "0,     UNLOCK,  -,      EPERM,     0",
        "W,     UNLOCK,  -,      EPERM,     W",
        "X,     UNLOCK,  alive,  EPERM,     X"
    })
    void wordBeforeAndAfter(String before, String op, String who, String result, String after) {
        int x = other(who);
        m.store(LOCK, value(before, x));
        assertEquals(
                result.equals("0") ? "0" : result,
                name(m.futex(LOCK, op(op), 0, op.startsWith("LOCK") ? m.timespec(0, 0) : 0, 0, 0)));
        assertEquals(value(after, x), m.load(LOCK));
    }

    private static String name(long result) {
        return result < 0 ? Errno.name((int) result) : Long.toString(result);
    }

    private int other(String who) {
        return switch (who) {
            case "alive" -> t.newThread().tid();
            case "alien" -> t.fork(m.space.fork()).tid();
            case "dead" -> {
                Task task = t.newThread();
                task.exit();
                yield task.tid();
            }
            case "zombie" -> {
                Task leader = t.fork(m.space.fork());
                leader.newThread();
                leader.exit();
                yield leader.tid();
            }
            case "kernel" -> {
                m.tasks.addKernelThread(4711);
                yield 4711;
            }
            default -> 0;
        };
    }

    @ParameterizedTest
    @CsvSource({"LOCK", "TRYLOCK"})
    void privateLock_ownedByAnotherProcess_isRejected(String op) {
        int x = other("alien");
        m.store(LOCK, x);
        assertEquals(-Errno.EPERM, m.futex(LOCK, op(op) | PRIVATE_FLAG, 0));
        assertEquals(x | WAITERS, m.load(LOCK));
    }

    @Test
    void unlock_storesTheNextOwner_lastUnlockStoresZero() {
        assertEquals(0, m.futex(LOCK, LOCK_PI, 0));
        Task next = t.newThread();
        FutexCall call = m.start(next, LOCK, LOCK_PI, 0, 0, 0, 0);
        assertEquals(0, m.futex(LOCK, UNLOCK_PI, 0));
        assertEquals(next.tid() | WAITERS, m.load(LOCK));
        assertEquals(0, call.result());
        assertEquals(0, m.futex(next, LOCK, UNLOCK_PI, 0));
        assertEquals(0, m.load(LOCK));
    }

    @Test
    void unlock_handsOffByPriorityThenArrival() {
        assertEquals(0, m.futex(LOCK, LOCK_PI, 0));
        int[] priorities = {0, 10, 50, 0, 10};
        Task[] tasks = new Task[5];
        for (int i = 0; i < 5; i++) {
            tasks[i] = t.newThread();
            tasks[i].setPriority(priorities[i]);
            assertFalse(m.start(tasks[i], LOCK, LOCK_PI, 0, 0, 0, 0).isDone());
        }
        Task owner = t;
        for (int next : new int[] {2, 1, 4, 0, 3}) {
            assertEquals(0, m.futex(owner, LOCK, UNLOCK_PI, 0));
            owner = tasks[next];
            assertEquals(owner.tid(), m.load(LOCK) & ~WAITERS);
        }
    }

    @Test
    void lock_cycleOfOwners_isRejected() {
        Task[] ring = {t, t.newThread(), t.newThread()};
        for (int i = 0; i < 3; i++) {
            assertEquals(0, m.futex(ring[i], LOCK + 4L * i, LOCK_PI, 0));
        }
        assertFalse(m.start(ring[0], LOCK + 4, LOCK_PI, 0, 0, 0, 0).isDone());
        assertFalse(m.start(ring[1], LOCK + 8, LOCK_PI, 0, 0, 0, 0).isDone());
        assertEquals(-Errno.EDEADLK, m.futex(ring[2], LOCK, LOCK_PI, 0));
    }

    @Test
    void unlock_wordZeroedUnderAWaiter_isRejected() {
        assertEquals(0, m.futex(LOCK, LOCK_PI, 0));
        m.start(t.newThread(), LOCK, LOCK_PI, 0, 0, 0, 0);
        m.store(LOCK, 0);
        assertEquals(-Errno.EINVAL, m.futex(t.newThread(), LOCK, LOCK_PI, 0));
    }

    @Test
    void mixedKindsOfWaiters_areRejected_earlierWakesRemain() {
        assertEquals(0, m.futex(LOCK, LOCK_PI, 0));
        Task rt = t.newThread();
        rt.setPriority(5);
        FutexCall plain = m.start(rt, LOCK, WAIT, t.tid(), 0, 0, 0);
        assertFalse(plain.isDone());
        assertEquals(-Errno.EINVAL, m.futex(t.newThread(), LOCK, LOCK_PI, 0), "a plain waiter is not a PI waiter");
        assertEquals(1, m.futex(LOCK, WAKE, 1));
        FutexCall lock = m.start(t.newThread(), LOCK, LOCK_PI, 0, 0, 0, 0);
        plain = m.start(rt, LOCK, WAIT, t.tid() | WAITERS, 0, 0, 0);
        assertEquals(-Errno.EINVAL, m.futex(LOCK, UNLOCK_PI, 0), "the plain one is first");
        assertEquals(-Errno.EINVAL, m.futex(LOCK, WAKE, 10));
        assertEquals(0, plain.result());
        assertFalse(lock.isDone());
        assertEquals(-Errno.EINVAL, m.futex(LOCK, REQUEUE, 0, 1, COND, 0));
        assertEquals(0, m.futex(LOCK, UNLOCK_PI, 0));
        assertEquals(0, lock.result());
    }

    @Test
    void processesOnOneMemoryShareAPrivateLock() {
        Task child = t.fork(m.space);
        assertEquals(0, m.futex(LOCK, LOCK_PI | PRIVATE_FLAG, 0));
        assertEquals(-Errno.EAGAIN, m.futex(child, LOCK, TRYLOCK_PI | PRIVATE_FLAG, 0));
        FutexCall call = m.start(child, LOCK, LOCK_PI | PRIVATE_FLAG, 0, 0, 0, 0);
        assertFalse(call.isDone());
        assertEquals(0, m.futex(LOCK, UNLOCK_PI | PRIVATE_FLAG, 0));
        assertEquals(0, call.result());
        assertEquals(child.tid() | WAITERS, m.load(LOCK));
    }

    // ---- requeue

    private FutexCall waits(Task task) {
        FutexCall call = m.start(task, COND, WAIT_REQUEUE_PI, 0, m.timespec(100, 0), LOCK, 0);
        assertFalse(call.isDone());
        return call;
    }

    private long requeue(Task by, int move) {
        return m.calls.futex(by, COND, CMP_REQUEUE_PI, 1, move, LOCK, 0);
    }

    @ParameterizedTest
    @CsvSource({"0, false", "2147483647, true"})
    void requeue_freeLock_isAcquiredAtOnce(int move, boolean marked) {
        Task waiter = t.newThread();
        FutexCall call = waits(waiter);
        assertEquals(1, requeue(t, move));
        assertEquals(0, call.result());
        assertEquals(waiter.tid() | (marked ? WAITERS : 0), m.load(LOCK));
    }

    @Test
    void requeue_threeWaitersOfAFreeLock_ownItInTurn() {
        Task[] tasks = {t.newThread(), t.newThread(), t.newThread()};
        FutexCall[] calls = {waits(tasks[0]), waits(tasks[1]), waits(tasks[2])};
        assertEquals(2, requeue(t, 1));
        assertEquals(0, calls[0].result());
        assertEquals(1, requeue(t, 0));
        for (int i = 0; i < 3; i++) {
            assertEquals(0, calls[i].result());
            assertEquals(0, m.futex(tasks[i], LOCK, UNLOCK_PI, 0));
        }
        assertEquals(0, m.load(LOCK));
    }

    @Test
    void requeue_heldLock_waitsForItsOwner() {
        assertEquals(0, m.futex(LOCK, LOCK_PI, 0));
        FutexCall[] calls = {waits(t.newThread()), waits(t.newThread()), waits(t.newThread())};
        assertEquals(1, requeue(t, 0));
        assertEquals(2, requeue(t, ALL));
        assertFalse(calls[0].isDone());
        assertEquals(0, m.futex(LOCK, UNLOCK_PI, 0));
        assertEquals(0, calls[0].result());
        assertFalse(calls[1].isDone());
    }

    @Test
    void requeue_noWaiters_returnsZero_otherValueEagain() {
        assertEquals(0, requeue(t, 3));
        m.store(COND, 1);
        assertEquals(-Errno.EAGAIN, requeue(t, 3));
    }

    @Test
    void requeue_waiterOfOtherKindOrLock_isRejected() {
        FutexCall plain = m.sleeper(COND, WAIT, 0);
        assertEquals(-Errno.EINVAL, requeue(t, 1));
        assertEquals(1, m.futex(COND, WAKE, 1));
        assertEquals(0, plain.result());
        FutexCall elsewhere = m.start(t.newThread(), COND, WAIT_REQUEUE_PI, 0, 0, LOCK + 8, 0);
        assertEquals(-Errno.EINVAL, requeue(t, 1));
        for (int op : new int[] {WAKE, REQUEUE, CMP_REQUEUE, WAKE_OP}) {
            assertEquals(-Errno.EINVAL, m.futex(COND, op, 1, 1, LOCK + 16, 0), "op " + op);
        }
        assertEquals(-Errno.EINVAL, m.futex(t.newThread(), COND, LOCK_PI, 0));
        assertFalse(elsewhere.isDone());
    }

    @Test
    void requeue_waiterOwnsTheLock_isRejected() {
        Task owner = t.newThread();
        assertEquals(0, m.futex(owner, LOCK, LOCK_PI, 0));
        FutexCall top = waits(owner);
        assertEquals(-Errno.EDEADLK, requeue(t, 0));
        top.cancel();
        FutexCall first = waits(t.newThread());
        waits(owner);
        assertEquals(-Errno.EDEADLK, requeue(t, 5));
        assertFalse(first.isDone());
        assertEquals(-Errno.EDEADLK, requeue(t, 5), "the first waiter has moved before");
    }

    @Test
    void requeue_deadOwner_isRejectedAndTheWaiterTimesOut() {
        m.store(LOCK, other("dead"));
        FutexCall call = waits(t.newThread());
        assertEquals(-Errno.ESRCH, requeue(t, 5));
        m.clock.advance(100_000_000_000L);
        assertEquals(-Errno.ETIMEDOUT, call.result());
    }

    @Test
    void movedWaiter_timesOut_leavesTheWaitersBit() {
        assertEquals(0, m.futex(LOCK, LOCK_PI, 0));
        FutexCall call = waits(t.newThread());
        assertEquals(1, requeue(t, 0));
        m.clock.advance(100_000_000_000L);
        assertEquals(-Errno.ETIMEDOUT, call.result());
        assertEquals(t.tid() | WAITERS, m.load(LOCK));
    }

    @Test
    void requeue_twoAddressesOfOneSharedWord_isRejected() {
        AddressSpace space = m.space;
        var file = new MemoryFile("file", 4096).open(Access.WRITE);
        for (long at : new long[] {0x100_0000, 0x110_0000}) {
            space.map(MapRequest.file(file, 0, 4096).shared().at(at));
        }
        assertEquals(-Errno.EINVAL, m.futex(0x100_0000, WAIT_REQUEUE_PI, 0, 0, 0x110_0000, 0));
        assertEquals(-Errno.EAGAIN, m.futex(0x100_0000, WAIT_REQUEUE_PI, 1, 0, 0x110_0000, 0));
        assertEquals(-Errno.EINVAL, m.futex(0x100_0000, CMP_REQUEUE_PI, 1, 0, 0x110_0000, 1));
        assertFalse(m.start(t.newThread(), 0x100_0000, WAIT_REQUEUE_PI | PRIVATE_FLAG, 0, 0, 0x110_0000, 0)
                .isDone());
    }

    // ---- listeners

    /** A scheduler may hold its own lock while it polls calls, and take that lock in a priority listener. */
    @Test
    void priorityListener_isCalledWithoutTheLockOfTheCall() {
        List<FutexCall> looked = new ArrayList<>();
        List<Integer> heard = Collections.synchronizedList(new ArrayList<>());
        TaskTable tasks = new TaskTable(FutexTable.builder().clock(m.clock), (task, priority) -> {
            heard.add(priority);
            for (FutexCall call : looked) {
                Sleeper.of(call::isDone).result();
            }
        });
        FutexCalls calls = FutexCalls.builder(tasks).build();
        Task low = tasks.spawn(m.space);
        Task high = low.newThread();
        high.setPriority(30);
        assertEquals(0, calls.futex(low, LOCK, LOCK_PI, 0, 0, 0, 0));
        FutexCall call = calls.prepareFutex(high, LOCK, LOCK_PI, 0, m.timespec(1, 0), 0, 0);
        looked.add(call);
        assertTrue(call.suspend());
        call.resume(SignalDisposition.NO_HANDLER);
        m.clock.advance(1_000_000_000);
        assertEquals(-Errno.ETIMEDOUT, call.result());
        assertEquals(List.of(30, 30, 0, 30, 0), heard);
    }
}

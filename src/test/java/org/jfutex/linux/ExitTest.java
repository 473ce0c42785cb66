package org.jfutex.linux;

import static org.jfutex.linux.Machine.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jfutex.FutexTable;
import org.jfutex.key.Access;
import org.jfutex.key.ForwardingMemory;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.FlatMemory;
import org.jfutex.memory.MapRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the life of tasks: threads, forks, exec and exit. Planted flaws of exit are detected. */
class ExitTest {

    private static final long HEAD = P + 0x8000;
    private static final long WORD = P + 0x100;

    private final Machine m = new Machine();

    /** Gives a task a robust list of one owned word, which lies 16 bytes before its entry. */
    private void holds(Task task, long word) {
        m.storeLong(HEAD, word + 16);
        m.storeLong(HEAD + 8, -16);
        m.storeLong(HEAD + 16, 0);
        m.storeLong(word + 16, HEAD);
        m.store(word, task.tid() | WAITERS);
        assertEquals(0, m.calls.setRobustList(task, HEAD, 24));
    }

    // ---- ids

    @Test
    void clone_threadSharesProcess_childHasItsOwn() {
        Task thread = m.task.newThread();
        Task child = thread.fork(m.space.fork());
        Task other = m.tasks.spawn(m.space, 77);
        assertEquals(m.task.pid(), m.task.tid());
        assertEquals(m.task.pid(), thread.pid());
        assertEquals(child.tid(), child.pid());
        assertEquals(77, other.pid());
        assertSame(m.space, thread.memory());
        assertEquals(Optional.of(thread), m.tasks.find(thread.tid()));
        assertEquals(78, m.task.newThread(78).tid());
        assertEquals(79, m.task.fork(m.space, 79).pid());
        assertThrows(IllegalArgumentException.class, () -> m.tasks.spawn(m.space, 77));
        assertThrows(IllegalArgumentException.class, () -> m.tasks.spawn(m.space, 0));
        assertThrows(IllegalArgumentException.class, () -> m.task.newThread(TaskTable.MAX_TID + 1));
    }

    @Test
    void priorityIsInherited() {
        m.task.setPriority(30);
        assertEquals(30, m.task.newThread().priority());
        assertEquals(30, m.task.fork(m.space.fork()).priority());
        assertThrows(IllegalArgumentException.class, () -> m.task.setPriority(100));
    }

    @Test
    void leadersId_isInUseUntilTheLastThreadExits() {
        Task thread = m.task.newThread();
        int pid = m.task.pid();
        m.task.exit();
        assertEquals(Task.State.DEAD, m.task.state());
        assertThrows(IllegalArgumentException.class, () -> m.tasks.spawn(m.space, pid));
        thread.exit();
        assertEquals(Optional.empty(), m.tasks.find(pid));
        assertEquals(pid, m.tasks.spawn(m.space, pid).pid());
    }

    @Test
    void threadId_isFreeAfterItsExit() {
        Task thread = m.task.newThread(50);
        thread.exit();
        assertEquals(Optional.empty(), m.tasks.find(50));
        assertEquals(50, m.task.newThread(50).tid());
        m.tasks.addKernelThread(51);
        assertThrows(IllegalArgumentException.class, () -> m.task.newThread(51));
        assertThrows(IllegalStateException.class, () -> {
            m.task.exitGroup();
            m.task.newThread();
        });
    }

    // ---- exit

    @Test
    void exit_clearsTheIdAndWakesTheJoiner() {
        Task thread = m.task.newThread();
        assertEquals(thread.tid(), m.calls.setTidAddress(thread, WORD));
        m.store(WORD, thread.tid());
        FutexCall joiner = m.start(m.task, WORD, WAIT, thread.tid(), 0, 0, 0);
        FutexCall deaf = m.sleeper(WORD, WAIT | PRIVATE_FLAG, thread.tid());
        exit(thread);
        assertEquals(0, m.load(WORD));
        assertTrue(joiner.isDone());
        assertEquals(0, joiner.result());
        assertFalse(deaf.isDone());
    }

    @Test
    void exit_lastUserOfTheMemory_clearsNothing() {
        m.tasks.spawn(m.space).exit();
        m.calls.setTidAddress(m.task, WORD);
        m.store(WORD, 5);
        m.task.exit();
        assertEquals(5, m.load(WORD));
    }

    @Test
    void exit_memorySharedByAnotherProcess_clearsTheId() {
        m.tasks.spawn(m.space);
        m.calls.setTidAddress(m.task, WORD);
        m.store(WORD, 5);
        m.task.exit();
        assertEquals(0, m.load(WORD));
    }

    @ParameterizedTest
    @ValueSource(longs = {P + 0x102, P + 0x101, HOLE, KERNEL})
    void exit_badAddressForTheId_isIgnored(long at) {
        Task thread = m.task.newThread();
        m.store(P + 0x100, -1);
        m.store(P + 0x104, -1);
        m.calls.setTidAddress(thread, at);
        thread.exit();
        assertEquals(Task.State.DEAD, thread.state());
        if (at == P + 0x102) {
            assertEquals(0xffff, m.load(P + 0x100));
            assertEquals(0xffff_0000, m.load(P + 0x104));
        }
    }

    @Test
    void robustList_isWalkedBeforeTheIdIsCleared() {
        Task thread = m.task.newThread();
        holds(thread, WORD);
        m.calls.setTidAddress(thread, WORD); // if this came first, the walk would read 0 and wake no waiter
        FutexCall first = m.sleeper(WORD, WAIT, thread.tid() | WAITERS);
        FutexCall second = m.sleeper(WORD, WAIT, thread.tid() | WAITERS);
        exit(thread);
        assertEquals(0, m.load(WORD));
        assertTrue(first.isDone());
        assertTrue(second.isDone());
    }

    @Test
    void piLocks_areHandedOffBeforeTheIdIsCleared() {
        Task thread = m.task.newThread();
        assertEquals(0, m.futex(thread, WORD, LOCK_PI, 0));
        m.calls.setTidAddress(thread, WORD); // if this came first, the hand-off would overwrite it
        FutexCall heir = m.start(m.task, WORD, LOCK_PI, 0, 0, 0, 0);
        exit(thread);
        assertEquals(0, heir.result());
        assertEquals(0, m.load(WORD));
    }

    @Test
    void calls_endBeforeTheRobustListIsWalked() {
        Task thread = m.task.newThread();
        holds(thread, WORD);
        FutexCall own = m.start(thread, WORD, WAIT, thread.tid() | WAITERS, 0, 0, 0);
        FutexCall behind = m.sleeper(WORD, WAIT, thread.tid() | WAITERS);
        exit(thread);
        assertEquals(-Errno.EINTR, own.result());
        assertTrue(behind.isDone());
        assertEquals(0, behind.result());
    }

    @Test
    void exit_endsThePendingCallAndDequeuesItsWaiter() {
        Task thread = m.task.newThread();
        FutexCall call = m.start(thread, P, WAIT, 0, 0, 0, 0);
        exit(thread);
        assertTrue(call.isDone());
        assertEquals(-Errno.EINTR, call.result());
        assertEquals(0, m.futex(P, WAKE, ALL));
    }

    @Test
    void exit_endsTheCallOfASleepingThread() {
        Task thread = m.task.newThread();
        Sleeper<Long> sleeper = Sleeper.of(() -> m.futex(thread, P, WAIT, 0)).asleep();
        thread.exit();
        assertEquals(-Errno.EINTR, sleeper.result());
    }

    @Test
    void wait_ofADeadTask_doesNotSleep() {
        Task thread = m.task.newThread();
        thread.exit();
        assertEquals(-Errno.EINTR, m.futex(thread, P, WAIT, 0));
        assertEquals(-Errno.EINTR, m.futex(thread, P, LOCK_PI, 0));
        assertEquals(-Errno.EINTR, m.futex(thread, P, TRYLOCK_PI, 0));
        assertEquals(-Errno.EINTR, m.futex(thread, P, UNLOCK_PI, 0));
        assertEquals(0, m.futex(P, WAKE, ALL));
        assertEquals(0, m.load(P));
    }

    @Test
    void setPriority_duringExec_appliesToTheNewProgram() {
        Task starting = m.tasks.spawn(new AddressSpace());
        AtomicBoolean over = new AtomicBoolean();
        Sleeper<Integer> starter = Sleeper.of(() -> {
            int programs = 0;
            for (; !over.get(); programs++) {
                starting.exec(new AddressSpace());
            }
            return programs;
        });
        for (int i = 0; i < 200_000; i++) {
            int wanted = i % 100;
            starting.setPriority(wanted);
            if (starting.priority() != wanted) {
                over.set(true);
                assertEquals(wanted, starting.priority(), "round " + i);
            }
        }
        over.set(true);
        assertTrue(starter.result() > 0);
    }

    @Test
    void secondCallOfASleepingTask_isRejected() {
        FutexCall call = m.start(m.task, P, WAIT, 0, 0, 0, 0);
        assertThrows(IllegalStateException.class, () -> m.futex(P, WAIT, 0));
        assertEquals(1, m.futex(m.task.newThread(), P, WAKE, 1));
        assertEquals(-Errno.EAGAIN, m.futex(P, WAIT, 1));
        assertEquals(0, call.result());
    }

    @Test
    void exitGroup_endsAllThreadsOfThatProcessOnly() {
        List<Task> threads = new ArrayList<>();
        List<FutexCall> calls = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            threads.add(m.task.newThread());
            calls.add(m.start(threads.get(i), S, WAIT, 0, 0, 0, 0));
        }
        Task child = m.task.fork(m.space.fork());
        FutexCall other = m.start(child, S, WAIT, 0, 0, 0, 0);
        exitGroup(threads.get(1));
        threads.forEach(t -> assertEquals(Task.State.DEAD, t.state()));
        calls.forEach(c -> assertEquals(-Errno.EINTR, c.result()));
        assertEquals(Task.State.DEAD, m.task.state());
        assertEquals(1, m.futex(child.newThread(), S, WAKE, ALL));
        assertEquals(0, other.result());
    }

    @Test
    void exit_withoutRobustList_handsOffPiLocks() {
        Task owner = m.task.newThread();
        assertEquals(0, m.futex(owner, P, LOCK_PI, 0));
        FutexCall waiter = m.start(m.task, P, LOCK_PI, 0, 0, 0, 0);
        owner.exit();
        assertEquals(0, waiter.result());
        assertEquals(m.task.tid() | WAITERS | OWNER_DIED, m.load(P));
    }

    @Test
    void exit_withRobustList_handsOffPiLocks() {
        Task owner = m.task.newThread();
        holds(owner, WORD);
        m.storeLong(HEAD, WORD + 16 | 1);
        m.store(WORD, owner.tid());
        FutexCall waiter = m.start(m.task, WORD, LOCK_PI, 0, 0, 0, 0);
        owner.exit();
        assertEquals(0, waiter.result());
        assertEquals(m.task.tid() | WAITERS | OWNER_DIED, m.load(WORD));
    }

    // ---- fork and exec

    @Test
    void child_inheritsNoRobustListNoCallAndNoClearAddress() {
        holds(m.task, WORD);
        m.calls.setTidAddress(m.task, WORD);
        AddressSpace copy = m.space.fork();
        Task child = m.task.fork(copy);
        child.newThread();
        child.exit();
        assertEquals(m.task.tid() | WAITERS, m.load(WORD));
        assertEquals(m.task.tid() | WAITERS, copy.load(WORD));
    }

    @Test
    void exec_walksAndForgetsTheRobustList() {
        holds(m.task, WORD);
        FutexCall waiter = m.start(m.tasks.spawn(m.space), WORD, WAIT, m.task.tid() | WAITERS, 0, 0, 0);
        AddressSpace program = new AddressSpace();
        program.map(MapRequest.anonymous(4096).at(P));
        m.task.exec(program);
        assertEquals(0, waiter.result());
        assertEquals(WAITERS | OWNER_DIED, m.load(WORD));
        assertTrue(m.task.isAlive());
        assertSame(program, m.task.memory());
        assertEquals(-Errno.EAGAIN, m.futex(P, WAIT, 1));
        assertEquals(0, m.futex(P, LOCK_PI, 0));
        m.task.exit();
        assertEquals(WAITERS | OWNER_DIED, m.load(WORD));
    }

    @Test
    void exec_ofANonLeader_takesTheLeadersIdAndLeaksLocks() {
        Task thread = m.task.newThread();
        int old = thread.tid();
        holds(thread, WORD);
        thread.setPriority(7);
        FutexCall leaders = m.start(m.task, P, WAIT, 0, 0, 0, 0);
        thread.exec(new AddressSpace());
        assertEquals(m.task.pid(), thread.tid());
        assertEquals(7, thread.priority());
        assertEquals(Task.State.DEAD, m.task.state());
        assertEquals(-Errno.EINTR, leaders.result());
        assertEquals(Optional.of(thread), m.tasks.find(m.task.pid()));
        assertEquals(Optional.empty(), m.tasks.find(old));
        assertEquals(old | WAITERS, m.load(WORD));
    }

    @Test
    void exec_ofANonLeader_marksWordsWithTheLeadersId() {
        Task thread = m.task.newThread();
        holds(thread, WORD);
        m.store(WORD, m.task.tid());
        thread.exec(new AddressSpace());
        assertEquals(OWNER_DIED, m.load(WORD));
    }

    @Test
    void exec_handsOffPiLocks() {
        assertEquals(0, m.futex(P, LOCK_PI, 0));
        Task other = m.tasks.spawn(m.space);
        FutexCall waiter = m.start(other, P, LOCK_PI, 0, 0, 0, 0);
        m.task.exec(new AddressSpace());
        assertEquals(0, waiter.result());
        assertEquals(other.tid() | WAITERS | OWNER_DIED, m.load(P));
    }

    @Test
    void exec_ofAVforkedChild_wakesItsParent() {
        Task child = m.task.fork(m.space);
        m.calls.setTidAddress(child, WORD);
        m.store(WORD, 9);
        FutexCall parent = m.start(m.task, WORD, WAIT, 9, 0, 0, 0);
        child.exec(new AddressSpace());
        assertEquals(0, parent.result());
        assertEquals(0, m.load(WORD));
    }

    @Test
    void newTask_ofADeadTask_isRejected() {
        Task leader = m.tasks.spawn(m.space);
        Task thread = leader.newThread();
        leader.exec(failing);
        assertThrows(
                IllegalStateException.class, thread::newThread, "it would run in the memory of the former program");
        assertThrows(IllegalStateException.class, () -> thread.fork(m.space));
    }

    @Test
    void exec_intoTheSameMemory_forgetsListAndClearAddress() {
        holds(m.task, WORD);
        m.tasks.spawn(m.space);
        m.calls.setTidAddress(m.task, P);
        m.store(P, 5);
        AddressSpace program = m.space.fork();
        m.tasks.spawn(program);
        m.task.exec(program);
        assertEquals(WAITERS | OWNER_DIED, m.load(WORD));
        assertEquals(0, m.load(P));
        m.task.exit();
        assertEquals(m.task.tid() | WAITERS, program.load(WORD));
        assertEquals(5, program.load(P));
    }

    @Test
    void newTask_ofAKilledTask_isRejected() {
        Task thread = m.task.newThread();
        thread.exit();
        assertThrows(IllegalStateException.class, thread::newThread);
        assertThrows(IllegalStateException.class, () -> thread.fork(m.space.fork()));
        m.task.newThread().exitGroup();
        assertThrows(IllegalStateException.class, () -> m.task.fork(m.space.fork()));
        assertThrows(IllegalStateException.class, () -> m.task.fork(m.space.fork(), 4711));
    }

    @Test
    void exec_ofADeadTask_isRejected() {
        m.task.exit();
        assertThrows(IllegalStateException.class, () -> m.task.exec(m.space));
    }

    @Test
    void exec_ofADeadThreadInALivingProcess_isRejected() {
        Task thread = m.task.newThread();
        thread.exit();
        assertThrows(IllegalStateException.class, () -> thread.exec(new AddressSpace()));
        assertEquals(Task.State.DEAD, thread.state());
        assertEquals(Task.State.ALIVE, m.task.state());
    }

    @Test
    void effectivePriority_isReportedToTheListener() {
        List<String> told = new ArrayList<>();
        TaskTable tasks =
                new TaskTable(FutexTable.builder(), (task, priority) -> told.add(task.tid() + " at " + priority));
        FutexCalls calls = new FutexCalls(tasks);
        Task low = tasks.spawn(m.space);
        Task high = tasks.spawn(m.space);
        high.setPriority(40);
        assertEquals(0, calls.futex(low, P, LOCK_PI, 0, 0, 0, 0));
        FutexCall waiter = calls.prepareFutex(high, P, LOCK_PI, 0, 0, 0, 0);
        assertEquals(0, calls.futex(low, P, UNLOCK_PI, 0, 0, 0, 0));
        assertEquals(0, waiter.result());
        assertEquals(List.of("2 at 40", "1 at 40", "1 at 0"), told);
    }

    // ---- concurrent exits and execs

    /** A memory that runs an action just before a robust list in it is walked, or a lock is acquired. */
    private static final class Stalling extends ForwardingMemory {

        private static final long LOCK = 256;

        Runnable atHead = () -> {};
        Runnable atLock = () -> {};

        Stalling() {
            super(FlatMemory.of(ByteBuffer.allocateDirect(4096)));
        }

        @Override
        public int load(long address) {
            if (address == 64) {
                Runnable once = atHead;
                atHead = () -> {};
                once.run();
            }
            return super.load(address);
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            if (address == LOCK && expected == 0) {
                Runnable once = atLock;
                atLock = () -> {};
                once.run();
            }
            return super.compareAndExchange(address, expected, desired);
        }
    }

    private final Stalling stalling = new Stalling();
    private final Task leader = m.tasks.spawn(stalling);
    private final Task second = leader.newThread();
    private final Task third = leader.newThread();

    private void walksAList(Task task, Runnable atHead) {
        assertEquals(0, m.calls.setRobustList(task, 64, 24));
        stalling.atHead = atHead;
    }

    private void assertGone() {
        for (Task t : List.of(leader, second, third)) {
            assertEquals(Task.State.DEAD, t.state());
        }
        assertEquals(Optional.empty(), m.tasks.find(leader.pid()));
        assertEquals(leader.pid(), m.tasks.spawn(stalling, leader.pid()).pid());
    }

    @Test
    void exec_duringExitGroup_isRejected() {
        walksAList(second, () -> assertThrows(IllegalStateException.class, () -> third.exec(new Stalling())));
        second.exitGroup();
        assertGone();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void exitGroup_duringExec_endsTheProcess(boolean bySibling) {
        walksAList(second, () -> exitGroup(bySibling ? third : leader));
        assertThrows(IllegalStateException.class, () -> leader.exec(new Stalling()));
        assertGone();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void exit_duringExec_endsTheTask(boolean wholeProcess) {
        walksAList(third, wholeProcess ? third::exitGroup : third::exit);
        assertThrows(IllegalStateException.class, () -> third.exec(new Stalling()));
        assertGone();
    }

    @Test
    void exec_twoThreads_theFirstOneSucceeds() {
        Sleeper<Boolean> both = Sleeper.of(() -> {
            walksAList(second, () -> assertThrows(IllegalStateException.class, () -> third.exec(new Stalling())));
            Stalling next = new Stalling();
            leader.exec(next);
            return leader.memory() == next;
        });
        assertTrue(both.result());
        assertEquals(Task.State.ALIVE, leader.state());
        assertEquals(Task.State.DEAD, third.state());
        leader.newThread().exit();
    }

    private static final long LOCK = Stalling.LOCK;

    /** Gives a task a robust list of one lock, which the task may or may not hold. */
    private void listsTheLock(Task task) {
        GuestMemory guest = new GuestMemory(stalling, Abi.LP64);
        guest.storeWord(128, LOCK + 16);
        guest.storeWord(136, -16);
        guest.storeWord(144, 0);
        guest.storeWord(LOCK + 16, 128);
        assertEquals(0, m.calls.setRobustList(task, 128, 24));
    }

    @ParameterizedTest
    @ValueSource(ints = {LOCK_PI, LOCK_PI2, TRYLOCK_PI})
    void lock_afterTheRobustListWalk_isNotAcquired(int op) {
        listsTheLock(second);
        FutexCalls compat = FutexCalls.builder(m.tasks).abi(Abi.ILP32).build();
        assertEquals(0, compat.setRobustList(second, 64, 12)); // walked after the LP64 list
        List<Long> results = new ArrayList<>();
        stalling.atHead = () -> results.add(m.futex(second, LOCK, op, 0));
        second.exit();
        assertEquals(List.of((long) -Errno.EINTR), results);
        assertEquals(0, stalling.load(LOCK));
        assertEquals(0, m.futex(third, LOCK, LOCK_PI, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {LOCK_PI, LOCK_PI2, TRYLOCK_PI})
    void exit_lockBeingAcquired_waitsAndMarksIt(int op) {
        listsTheLock(second);
        List<Sleeper<Boolean>> exits = new ArrayList<>();
        stalling.atLock = () -> exits.add(Sleeper.of(() -> {
                    second.exit();
                    return true;
                })
                .asleep());
        assertEquals(0, m.futex(second, LOCK, op, 0));
        assertTrue(exits.get(0).result());
        assertEquals(OWNER_DIED, stalling.load(LOCK));
        assertEquals(0, m.futex(third, LOCK, LOCK_PI, 0));
    }

    @Test
    void call_endedByAnError_leavesItsTask() {
        Stalling words = new Stalling();
        Task task = m.tasks.spawn(words);
        words.atHead = () -> {
            throw new StackOverflowError("in a memory");
        };
        assertThrows(StackOverflowError.class, () -> m.calls.prepareFutex(task, 64, WAIT, 0, 0, 0, 0));
        FutexCall call = m.calls.prepareFutex(task, 64, WAIT, 0, 0, 0, 0);
        assertFalse(call.isDone());
        task.exit();
        assertTrue(call.isDone());
    }

    @Test
    void restart_endedByAnError_endsTheCall() {
        Stalling words = new Stalling();
        Task task = m.tasks.spawn(words);
        FutexCall call = m.calls.prepareFutex(task, 64, WAIT, 0, 0, 0, 0);
        assertTrue(call.suspend());
        words.atHead = () -> {
            throw new StackOverflowError("in a memory");
        };
        assertThrows(StackOverflowError.class, () -> call.resume(SignalDisposition.NO_HANDLER));
        assertTrue(call.isDone());
        assertEquals(-Errno.EINTR, call.result());
    }

    @Test
    void call_stackTooSmall_leavesItsTask() throws InterruptedException {
        Task task = m.task.newThread();
        m.store(S, 0x3fff_ffff); // the id of no task
        assertEquals(-Errno.ESRCH, m.futex(task, S, LOCK_PI, 0)); // loads the classes first
        AtomicInteger left = new AtomicInteger();
        Thread thread = new Thread(
                null,
                () -> {
                    for (int depth = 1; call(task, depth, left); depth++) {}
                },
                "small stack",
                200 << 10);
        thread.start();
        thread.join();
        assertEquals(0, left.get());
    }

    /** Makes a call from {@code frames} frames deeper. Returns false if the stack has not so many. */
    private boolean call(Task task, int depth, AtomicInteger left) {
        if (depth > 0) {
            try {
                return call(task, depth - 1, left);
            } catch (StackOverflowError e) {
                return false;
            }
        }
        try {
            m.futex(task, S, LOCK_PI, 0);
        } catch (StackOverflowError e) {
            left.addAndGet(task.call() == null ? 0 : 1);
        }
        return true;
    }

    // ---- memories that fail

    /** A memory that throws in one chosen call to it. */
    private static final class Failing implements FutexMemory {

        private final FlatMemory words = FlatMemory.of(ByteBuffer.allocateDirect(4096));
        int callsLeft = Integer.MAX_VALUE;

        private FlatMemory words() {
            if (callsLeft != Integer.MAX_VALUE && callsLeft-- == 0) {
                callsLeft = Integer.MAX_VALUE;
                throw new IllegalStateException("planned");
            }
            return words;
        }

        @Override
        public int load(long address) {
            return words().load(address);
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            return words().compareAndExchange(address, expected, desired);
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            return words().sharedKey(address, access);
        }
    }

    private final Failing failing = new Failing();

    /** Gives a thread a robust word, a PI lock and a clear address. Returns the calls of their three waiters. */
    private List<FutexCall> waitFor(Task dying, Task other) {
        GuestMemory guest = new GuestMemory(failing, Abi.LP64);
        guest.storeWord(64, 144);
        guest.storeWord(72, -16);
        guest.storeWord(80, 0);
        guest.storeWord(144, 64);
        guest.storeInt(128, dying.tid() | WAITERS);
        guest.storeInt(192, 0);
        guest.storeInt(256, 7);
        assertEquals(0, m.calls.setRobustList(dying, 64, 24));
        m.calls.setTidAddress(dying, 256);
        assertEquals(0, m.futex(dying, 192, LOCK_PI, 0));
        return List.of(
                m.start(other, 128, WAIT, dying.tid() | WAITERS, 0, 0, 0),
                m.start(other.fork(failing), 192, LOCK_PI, 0, 0, 0, 0),
                m.start(other.fork(failing), 256, WAIT, 7, 0, 0, 0));
    }

    /** A memory that runs an action when a word is written, or its key is computed. */
    private static final class Watched extends ForwardingMemory {

        LongConsumer written = address -> {};
        LongConsumer named = address -> {};

        Watched() {
            super(FlatMemory.of(ByteBuffer.allocateDirect(4096)));
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            written.accept(address);
            return super.compareAndExchange(address, expected, desired);
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            named.accept(address);
            return super.sharedKey(address, access);
        }
    }

    /** Returns a task whose robust list has the words 128 and 192, and the pending word 256. */
    private Task withThreeLocks(FutexMemory memory) {
        Task dying = m.tasks.spawn(memory);
        GuestMemory guest = new GuestMemory(memory, Abi.LP64);
        guest.storeWord(64, 144);
        guest.storeWord(72, -16);
        guest.storeWord(80, 272);
        guest.storeWord(144, 208);
        guest.storeWord(208, 64);
        for (long word = 128; word <= 256; word += 64) {
            guest.storeInt(word, dying.tid() | WAITERS);
        }
        assertEquals(0, m.calls.setRobustList(dying, 64, 24));
        return dying;
    }

    @Test
    void walk_oneWordFails_marksTheOtherWords() {
        for (long bad = 128; bad <= 256; bad += 64) {
            Watched memory = new Watched();
            Task dying = withThreeLocks(memory);
            long failing = bad;
            memory.written = address -> {
                if (address == failing) {
                    throw new OutOfMemoryError("planned");
                }
            };
            assertThrows(OutOfMemoryError.class, dying::exit);
            for (long word = 128; word <= 256; word += 64) {
                int expected = word == bad ? dying.tid() | WAITERS : WAITERS | OWNER_DIED;
                assertEquals(expected, memory.load(word), "word " + word + " if " + bad + " fails");
            }
        }
    }

    @Test
    void exit_outOfMemory_retriesTheWake() {
        Watched memory = new Watched();
        Task dying = withThreeLocks(memory);
        Task other = m.tasks.spawn(memory);
        FutexCall waiting = m.start(other, 192, WAIT, dying.tid() | WAITERS, 0, 0, 0);
        AtomicInteger looks = new AtomicInteger();
        memory.named = address -> {
            if (address == 192 && looks.getAndIncrement() < 3) {
                throw new OutOfMemoryError("planned");
            }
        };
        dying.exit();
        assertEquals(0, waiting.result());
    }

    private static Sleeper<Optional<Exception>> startsAProgram(Task task) {
        return Sleeper.of(() -> {
            try {
                task.exec(new Stalling());
                return Optional.empty();
            } catch (IllegalStateException e) {
                return Optional.of(e);
            }
        });
    }

    /** Returns the number of calls that have not succeeded. */
    private static long harms(List<FutexCall> calls) {
        return calls.stream()
                .filter(call -> !call.isDone() || call.result() != 0)
                .count();
    }

    @Test
    void exit_oneStepFails_runsTheOtherSteps() {
        Task first = m.tasks.spawn(failing);
        boolean failed = true;
        for (int call = 0; failed; call++) {
            Task dying = first.newThread();
            List<FutexCall> waiters = waitFor(dying, m.tasks.spawn(failing));
            failing.callsLeft = call;
            failed = false;
            try {
                dying.exit();
            } catch (IllegalStateException planned) {
                failed = true;
            }
            failing.callsLeft = Integer.MAX_VALUE;
            assertEquals(Task.State.DEAD, dying.state());
            assertTrue(waiters.get(1).isDone(), "the waiter acquires the lock or gets an error");
            assertTrue(harms(waiters) <= (failed ? 1 : 0), "call " + call);
            waiters.forEach(FutexCall::cancel);
            assertTrue(failed || call > 10);
        }
        // after all other threads have exited
        assertEquals(Optional.empty(), startsAProgram(first.newThread()).result());
    }

    @Test
    void exec_leavingTheMemoryFails_endsTheTask() {
        boolean failed = true;
        for (int call = 0; failed; call++) {
            Task starter = m.tasks.spawn(failing, 1000);
            List<FutexCall> waiters = waitFor(starter.newThread(1001), m.tasks.spawn(failing));
            Task last = starter.newThread(1002);
            failing.callsLeft = call;
            failed = startsAProgram(starter).result().isPresent();
            failing.callsLeft = Integer.MAX_VALUE;
            assertEquals(failed ? Task.State.DEAD : Task.State.ALIVE, starter.state());
            assertEquals(Task.State.DEAD, last.state());
            assertTrue(harms(waiters) <= (failed ? 1 : 0), "call " + call);
            waiters.forEach(FutexCall::cancel);
            starter.exit();
            assertEquals(Optional.empty(), m.tasks.find(1000));
            assertTrue(failed || call > 10);
        }
    }

    @Test
    void exitGroup_everyThreadFails_endsTheProcess() {
        FlatMemory heads = FlatMemory.of(ByteBuffer.allocateDirect(64));
        FutexMemory broken = new FutexMemory() {
            @Override
            public int load(long address) {
                throw new IllegalStateException("planned");
            }

            @Override
            public int compareAndExchange(long address, int expected, int desired) {
                throw new IllegalStateException("planned");
            }

            @Override
            public FutexKey sharedKey(long address, Access access) {
                return heads.sharedKey(address, access);
            }
        };
        Task leader = m.tasks.spawn(broken);
        List<Task> threads = Stream.generate(leader::newThread).limit(20_000).toList();
        threads.forEach(t -> m.calls.setRobustList(t, 64, 24));
        m.calls.setRobustList(leader, 64, 24);
        assertThrows(IllegalStateException.class, leader::exitGroup);
        assertEquals(
                0, threads.stream().filter(t -> t.state() != Task.State.DEAD).count());
    }

    @Test
    void exit_stackTooSmall_changesNothing() throws InterruptedException {
        List<Task> tasks = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            Task task = m.task.newThread();
            m.calls.setTidAddress(task, S + 4L * i);
            m.store(S + 4L * i, 7);
            tasks.add(task);
        }
        Iterator<Task> next = tasks.iterator();
        next.next().exit(); // loads the classes first
        IdentityHashMap<Task, Throwable> refused = new IdentityHashMap<>(2 * tasks.size());
        Thread thread = new Thread(null, () -> exitDeepDown(next, refused), "small stack", 200 << 10);
        thread.start();
        thread.join();
        assertTrue(refused.size() > 1 && next.hasNext(), "tried " + refused.size());
        for (int i = 0; i < tasks.size(); i++) {
            Task task = tasks.get(i);
            boolean dead = task.state() == Task.State.DEAD;
            Throwable thrown = refused.get(task);
            int word = m.load(S + 4L * i);
            if (word != (dead ? 0 : 7) || (dead && thrown != null)) {
                throw new AssertionError("task " + i + " is " + task.state() + ", its word is " + word, thrown);
            }
        }
    }

    /** Fills the stack. On the way back, each frame lets a task exit until one succeeds. */
    @SuppressWarnings("InfiniteRecursion")
    private static boolean exitDeepDown(Iterator<Task> tasks, IdentityHashMap<Task, Throwable> refused) {
        try {
            if (exitDeepDown(tasks, refused)) {
                return true;
            }
        } catch (StackOverflowError e) {
            // from here on, the stack unwinds
        }
        Task task = null;
        try {
            task = tasks.next();
            task.exit();
            return true;
        } catch (StackOverflowError e) {
            if (task != null) {
                refused.put(task, e);
            }
            return false;
        }
    }

    // ---- planted flaws

    /** Mistakes of an emulator. */
    private enum Flaw {
        NONE,
        /** The id is not cleared. */
        FORGETS_THE_ID,
        /** The id is cleared, but no waiter is woken. */
        WAKES_NO_JOINER,
        /** The id is cleared before the robust list is walked. */
        CLEARS_THE_ID_FIRST,
        /** The robust list is not walked. */
        SKIPS_THE_LIST,
        /** The pending call of the task is not ended. */
        LETS_SLEEPERS_SLEEP,
        /** The process ends except for one thread. */
        FORGETS_A_THREAD,
        /** The process ends except for the thread that is about to exec. */
        MISSES_WHO_STARTS_A_PROGRAM
    }

    private Flaw flaw = Flaw.NONE;

    private void exit(Task task) {
        switch (flaw) {
            case FORGETS_THE_ID -> task.setClearChildTid(0);
            case WAKES_NO_JOINER -> clear(task);
            case CLEARS_THE_ID_FIRST -> {
                m.futex(task.clearChildTid(), WAKE, 1);
                clear(task);
            }
            case SKIPS_THE_LIST -> task.setRobustList(Abi.LP64, null);
            default -> {}
        }
        if (flaw != Flaw.LETS_SLEEPERS_SLEEP || task.call() == null) {
            task.exit();
        }
    }

    private void clear(Task task) {
        m.store(task.clearChildTid(), 0);
        task.setClearChildTid(0);
    }

    private void exitGroup(Task task) {
        if (flaw == Flaw.NONE) {
            task.exitGroup();
            return;
        }
        List<Task> ending = new ArrayList<>(task.process.tasks);
        switch (flaw) {
            case FORGETS_A_THREAD -> ending.remove(ending.size() - 1);
            case MISSES_WHO_STARTS_A_PROGRAM -> ending.remove(task.process.starter);
            default -> {}
        }
        ending.forEach(this::exit);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void plantedFlaw_isDetected(Flaw planted) {
        flaw = planted;
        Executable check = switch (planted) {
            case FORGETS_THE_ID, WAKES_NO_JOINER -> this::exit_clearsTheIdAndWakesTheJoiner;
            case CLEARS_THE_ID_FIRST, SKIPS_THE_LIST -> this::robustList_isWalkedBeforeTheIdIsCleared;
            case LETS_SLEEPERS_SLEEP -> this::exit_endsThePendingCallAndDequeuesItsWaiter;
            case FORGETS_A_THREAD -> this::exitGroup_endsAllThreadsOfThatProcessOnly;
            case MISSES_WHO_STARTS_A_PROGRAM -> () -> exitGroup_duringExec_endsTheProcess(true);
            case NONE -> () -> {};
        };
        assertThrows(AssertionError.class, check);
    }
}

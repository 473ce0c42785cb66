package org.jfutex;

import static org.jfutex.Scope.SHARED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.function.Supplier;
import org.jfutex.ExhaustionScenarios.Situation;
import org.jfutex.linux.FutexCall;
import org.jfutex.linux.FutexCalls;
import org.jfutex.linux.Task;
import org.jfutex.linux.TaskTable;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.SpaceSettings;
import org.jfutex.sync.FutexBarrier;
import org.jfutex.sync.FutexCondition;
import org.jfutex.sync.FutexLatch;
import org.jfutex.sync.FutexMutex;
import org.jfutex.sync.FutexReadWriteLock;
import org.jfutex.sync.FutexSemaphore;
import org.jfutex.time.VirtualClock;

/**
 * The calls that perform several operations: exits of tasks, releases of locks in shared pages, and changes of mappings
 * that move waiters. Their pages are swapped out before, so that each first access serves a page fault.
 */
final class CallExhaustionScenarios {

    private static final long PAGE = 4096;
    private static final long PRIVATE_PAGE = 0x10_0000;
    private static final long SHARED_PAGE = 0x20_0000;
    private static final long ELSEWHERE = 0x30_0000;
    private static final int WAIT = 0;
    private static final int LOCK_PI = 6;
    private static final int WAITERS = 0x8000_0000;
    private static final int OWNER_DIED = 0x4000_0000;

    private CallExhaustionScenarios() {}

    // ---- tasks

    /**
     * A process of two threads beside another process that shares its memory. Each thread has two robust locks, a PI
     * lock, an id to clear, and a pending call; for each of these a waiter of the other process is queued.
     */
    private abstract static class Exit extends Situation {

        final AddressSpace space = new AddressSpace();
        final FutexCalls calls;
        final Task leader;
        final Task second;
        private final Task other;
        private final List<Thing> things = new ArrayList<>();

        /** What one thread leaves behind. */
        private record Thing(
                Task task, long at, FutexCall own, FutexCall joiner, FutexCall first, FutexCall next, FutexCall heir) {}

        Exit() {
            this(new TaskTable(FutexTable.builder().clock(new VirtualClock())));
        }

        private Exit(TaskTable tasks) {
            super(tasks.table());
            this.calls = new FutexCalls(tasks);
            space.map(MapRequest.anonymous(PAGE).at(PRIVATE_PAGE));
            space.map(MapRequest.anonymous(4 * PAGE).shared().at(SHARED_PAGE));
            leader = tasks.spawn(space);
            second = leader.newThread();
            other = tasks.spawn(space);
            leaveThings(leader, SHARED_PAGE);
            leaveThings(second, SHARED_PAGE + 2 * PAGE);
            space.swapOut(PRIVATE_PAGE, PAGE);
            space.swapOut(SHARED_PAGE, 4 * PAGE);
        }

        private void leaveThings(Task task, long at) {
            long head = at;
            long id = at + PAGE;
            long lock = at + 0x100;
            long pi = at + 0x200;
            storeLong(head, lock + 16);
            storeLong(head + 8, -16);
            storeLong(lock + 16, lock + 48);
            storeLong(lock + 48, head);
            space.store(lock, task.tid() | WAITERS);
            space.store(lock + 32, task.tid() | WAITERS);
            space.store(pi, task.tid());
            space.store(id, 7);
            calls.setRobustList(task, head, 24);
            calls.setTidAddress(task, id);
            things.add(new Thing(
                    task,
                    at,
                    sleeper(task, PRIVATE_PAGE, WAIT, 0),
                    sleeper(other.newThread(), id, WAIT, 7),
                    sleeper(other.newThread(), lock, WAIT, task.tid() | WAITERS),
                    sleeper(other.newThread(), lock + 32, WAIT, task.tid() | WAITERS),
                    sleeper(other.newThread(), pi, LOCK_PI, 0)));
        }

        private void storeLong(long at, long value) {
            space.store(at, (int) value);
            space.store(at + 4, (int) (value >>> 32));
        }

        private FutexCall sleeper(Task task, long uaddr, int op, int val) {
            FutexCall call = calls.prepareFutex(task, uaddr, op, val, 0, 0, 0);
            assertEquals(false, call.isDone());
            return call;
        }

        /** Checks that a thread has done all steps of its exit, or none. */
        final void checkThing(Task task, boolean done) {
            Thing t = things.stream()
                    .filter(thing -> thing.task == task)
                    .findFirst()
                    .orElseThrow();
            int died = done ? OWNER_DIED | WAITERS : t.task.tid() | WAITERS;
            assertEquals(done, t.own.isDone(), "the call is ended");
            assertEquals(died, space.load(t.at + 0x100), "the first robust lock");
            assertEquals(died, space.load(t.at + 0x120), "the second robust lock");
            assertEquals(done, t.first.isDone(), "the waiter of the first robust lock");
            assertEquals(done, t.next.isDone(), "the waiter of the second robust lock");
            assertEquals(done, t.heir.isDone(), "the waiter of the PI lock");
            assertEquals(done ? 0 : 7, space.load(t.at + PAGE), "the id");
            assertEquals(done, t.joiner.isDone(), "the joiner");
        }

        @Override
        void check(boolean done) {
            checkThing(leader, done);
            checkThing(second, done);
            other.exitGroup();
            if (leader.state() != Task.State.DEAD || second.state() != Task.State.DEAD) {
                leader.exitGroup();
            }
        }
    }

    private static final class ExitOfOne extends Exit {
        @Override
        void run() {
            second.exit();
        }

        @Override
        void check(boolean done) {
            assertEquals(done ? Task.State.DEAD : Task.State.ALIVE, second.state());
            checkThing(second, done);
            leader.exitGroup();
            super.check(true);
        }
    }

    private static final class ExitGroup extends Exit {
        @Override
        void run() {
            leader.exitGroup();
        }

        @Override
        void check(boolean done) {
            assertEquals(done ? Task.State.DEAD : Task.State.ALIVE, leader.state());
            assertEquals(done ? Task.State.DEAD : Task.State.ALIVE, second.state());
            super.check(done);
        }
    }

    private static final class Exec extends Exit {
        private final AddressSpace program = new AddressSpace();

        @Override
        void run() {
            second.exec(program);
        }

        @Override
        void check(boolean done) {
            assertEquals(done ? Task.State.DEAD : Task.State.ALIVE, leader.state());
            assertEquals(Task.State.ALIVE, second.state());
            assertEquals(done ? program : space, second.memory());
            if (!done) {
                super.check(false);
                return;
            }
            checkThing(leader, true);
            second.exitGroup();
            leader.exitGroup();
        }
    }

    // ---- locks in a shared page

    /** The release of a lock whose word is in a swapped-out page. It wakes a waiter if it has released anything. */
    private abstract static class Release extends Situation {

        final AddressSpace space = new AddressSpace();
        private final int held;

        Release(int held) {
            super(new FutexTable());
            this.held = held;
            space.map(MapRequest.anonymous(PAGE).shared().at(SHARED_PAGE));
            memory = space;
            space.store(SHARED_PAGE, held);
        }

        final void sleep() {
            PreparedWait wait = table.prepareAny(
                    space,
                    List.of(new WaitWord(SHARED_PAGE + 64, SHARED, 0), new WaitWord(SHARED_PAGE, SHARED, held)),
                    0);
            wait.onEnd(told::add);
            waits.add(wait);
            space.swapOut(SHARED_PAGE, PAGE);
        }

        @Override
        void check(boolean done) {
            assertEquals(done, space.load(SHARED_PAGE) != held);
            assertWoken(done ? 1 : 0);
            assertEquals(done ? 0 : 1, table.waiterCount(space, SHARED_PAGE + 64, SHARED));
        }
    }

    private static final class UnlockMutex extends Release {
        private final FutexMutex mutex = new FutexMutex(table, space, SHARED_PAGE, SHARED);

        UnlockMutex() {
            super(2);
            sleep();
        }

        @Override
        void run() {
            mutex.unlock();
        }
    }

    /** An unlock of a checked mutex with a waiter. If it fails, the mutex is locked and still knows its owner. */
    private static final class UnlockCheckedMutex extends Release {
        private final FutexMutex mutex = FutexMutex.checked(table, space, SHARED_PAGE, SHARED);

        UnlockCheckedMutex() {
            super(0);
            mutex.lock();
            space.store(SHARED_PAGE, 2);
            PreparedWait wait = table.prepare(space, SHARED_PAGE, SHARED, 2);
            wait.onEnd(told::add);
            waits.add(wait);
            space.swapOut(SHARED_PAGE, PAGE);
        }

        @Override
        void run() {
            mutex.unlock();
        }

        @Override
        void check(boolean done) {
            assertEquals(!done, mutex.isLocked());
            assertWoken(done ? 1 : 0);
            if (!done) {
                mutex.unlock(); // the owner is still known
                assertWoken(1);
            }
        }
    }

    private static final class ReleasePermit extends Release {
        private final FutexSemaphore semaphore = new FutexSemaphore(table, space, SHARED_PAGE, SHARED);

        ReleasePermit() {
            super(-1);
            sleep();
        }

        @Override
        void run() {
            semaphore.release();
        }
    }

    private static final class OpenLatch extends Release {
        private final FutexLatch latch = new FutexLatch(table, space, SHARED_PAGE, SHARED);

        OpenLatch() {
            super(1);
            sleep();
        }

        @Override
        void run() {
            latch.countDown();
        }
    }

    private static final class OpenBarrier extends Release {
        private final FutexBarrier barrier = new FutexBarrier(table, space, SHARED_PAGE, SHARED, 2);

        OpenBarrier() {
            super(1);
            sleep();
        }

        @Override
        void run() throws Exception {
            barrier.await();
        }
    }

    /** Unlocks a read-write lock, for which another thread waits. */
    private static final class UnlockReadWrite extends Situation {
        private final AddressSpace space = new AddressSpace();
        private final Lock write;
        private final Lock read;
        private final Threads.Running<Boolean> reader;

        @SuppressWarnings("LockNotBeforeTry") // there is nothing between
        UnlockReadWrite() {
            super(new FutexTable());
            space.map(MapRequest.anonymous(PAGE).shared().at(SHARED_PAGE));
            FutexReadWriteLock lock = new FutexReadWriteLock(table, space, SHARED_PAGE, SHARED);
            write = lock.writeLock();
            read = lock.readLock();
            write.lock();
            reader = Threads.start(() -> {
                read.lock();
                read.unlock();
                return true;
            });
            while (table.waiters().isEmpty()) {
                Thread.onSpinWait();
            }
            space.swapOut(SHARED_PAGE, PAGE);
        }

        @Override
        void run() {
            write.unlock();
        }

        @Override
        void check(boolean done) {
            if (!done) {
                assertEquals(1, table.waiters().size());
                write.unlock();
            }
            assertEquals(true, Threads.<Boolean>unchecked(reader::get));
        }
    }

    /** A signal moves a waiter of the condition to the mutex. */
    private static final class Signal extends Situation {
        private final AddressSpace space = new AddressSpace();
        private final FutexMutex mutex;
        private final FutexCondition condition;
        private final Threads.Running<Boolean> waiter;

        @SuppressWarnings({"LockNotBeforeTry", "WaitNotInLoop"}) // one wait is what the scenario needs
        Signal() {
            super(new FutexTable());
            space.map(MapRequest.anonymous(2 * PAGE).shared().at(SHARED_PAGE));
            mutex = new FutexMutex(table, space, SHARED_PAGE, SHARED);
            condition = mutex.newCondition(SHARED_PAGE + PAGE);
            waiter = Threads.start(() -> {
                mutex.lock();
                condition.awaitUninterruptibly();
                mutex.unlock();
                return true;
            });
            while (table.waiterCount(space, SHARED_PAGE + PAGE, SHARED) == 0) {
                Thread.onSpinWait();
            }
            mutex.lock();
            space.swapOut(SHARED_PAGE, 2 * PAGE);
        }

        @Override
        void run() {
            condition.signal();
        }

        @Override
        void check(boolean done) {
            assertEquals(done ? 0 : 1, table.waiterCount(space, SHARED_PAGE + PAGE, SHARED));
            if (!done) {
                condition.signal();
            }
            mutex.unlock();
            assertEquals(true, Threads.<Boolean>unchecked(waiter::get));
        }
    }

    // ---- changes of mappings

    /** A waiter in a page of a space that reports its changes to the table. */
    private abstract static class Reported extends Situation {

        final AddressSpace space;

        Reported() {
            super(new FutexTable());
            space = new AddressSpace(SpaceSettings.DEFAULT.withListener(table.mappingListener()));
            space.map(MapRequest.anonymous(PAGE).at(PRIVATE_PAGE));
            PreparedWait wait = table.prepare(space, PRIVATE_PAGE, Scope.PRIVATE, 0);
            wait.onEnd(told::add);
            waits.add(wait);
            space.swapOut(PRIVATE_PAGE, PAGE);
        }
    }

    private static final class MoveReported extends Reported {
        @Override
        void run() {
            space.remapTo(PRIVATE_PAGE, PAGE, PAGE, ELSEWHERE);
        }

        @Override
        void check(boolean done) {
            assertEquals(done ? 0 : 1, table.waiterCount(space, PRIVATE_PAGE, Scope.PRIVATE));
            assertEquals(done ? 1 : 0, table.waiterCount(space, ELSEWHERE, Scope.PRIVATE));
            assertEquals(0, space.load(done ? ELSEWHERE : PRIVATE_PAGE));
        }
    }

    private static final class UnmapReported extends Reported {
        @Override
        void run() {
            space.unmap(PRIVATE_PAGE, PAGE);
        }

        @Override
        void check(boolean done) {
            assertEquals(done ? WaitResult.UNMAPPED : null, waits.get(0).poll());
            assertEquals(done ? List.of(WaitResult.UNMAPPED) : List.of(), told);
            assertEquals(done ? 0 : 1, space.vmas().size());
        }
    }

    static List<Supplier<Situation>> all() {
        return List.of(
                ExitOfOne::new,
                ExitGroup::new,
                Exec::new,
                UnlockMutex::new,
                UnlockCheckedMutex::new,
                ReleasePermit::new,
                OpenLatch::new,
                OpenBarrier::new,
                UnlockReadWrite::new,
                Signal::new,
                MoveReported::new,
                UnmapReported::new);
    }
}

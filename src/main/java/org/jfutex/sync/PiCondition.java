package org.jfutex.sync;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.TimeUnit;
import org.jfutex.PiResult;
import org.jfutex.PiTask;
import org.jfutex.PiWait;
import org.jfutex.SpinPolicy;
import org.jfutex.key.StackGuard;
import org.jfutex.time.Deadline;
import org.jspecify.annotations.Nullable;

/**
 * A condition variable in four bytes: tasks that hold a {@link PiMutex} wait here until another task signals.
 *
 * <p>All methods must be called by a task that holds the mutex. A signal moves a sleeping waiter to the mutex. There it
 * waits like any other task: the owner inherits its priority, and hands the mutex to it in its turn. A signal goes only
 * to tasks that wait at that moment, the highest priority first, and among equal priorities the task that has waited
 * longest.
 *
 * <p>A waiter that was signalled before its deadline counts as signalled, even if it waits for the mutex until after
 * the deadline. A wait may end without a signal (a spurious wakeup) if it begins while other tasks are being signalled,
 * so callers must check their predicate in a loop.
 *
 * <p>If a signalled task dies before it holds the mutex, the signal is forwarded to the next waiter. If it dies while
 * it holds the mutex, the next owner gets {@link LockResult#OWNER_DIED}, and the signal may not have been used.
 * Therefore a task that repairs the data should also call {@link #signalAll}.
 *
 * <p>When a wait ends, normally or with an exception, the task holds the mutex, with three exceptions: {@link
 * DeadlockException}, if the mutex's owner now waits for a lock that this task holds; {@link IllegalStateException}, if
 * the task has exited; and {@link org.jfutex.key.MemoryFaultException}, which all methods throw where the memory does.
 * If the task cannot be queued at the mutex, because of a limit of the table or for lack of memory or stack, it retries
 * every millisecond. If the wait fails, a signal to this waiter is forwarded to the next one. If the mutex's previous
 * owner has died in the meantime, the wait returns {@link AwaitResult#OWNER_DIED} instead of the failure.
 *
 * <p><b>Memory consistency effects:</b> those of the mutex, which is unlocked when a wait begins and locked when it
 * ends.
 */
public final class PiCondition extends FutexWord {

    /*
     * The word counts signals, modulo 2^32:
     *
     *      waiter, holds the mutex                 signalling task
     *      read word                               word = word + 1
     *      unlock                                  move one waiter, or all, to the mutex
     *      queue itself, if the word is unchanged
     *
     * No signal is lost: it is sent with the mutex held, so a task that began to wait before is in the queue or will
     * find that the word has changed. (Only exactly 2^32 signals between the two steps would leave the same value.) No
     * signal is stolen: it removes one waiter from the queue, and no later task can consume it.
     *
     * No signal is swallowed by a waiter that gives up. A signalled waiter is moved, and PiWait.wasMoved reports that.
     * A moved waiter waits for the mutex without a deadline. If it dies there or cannot wait there, it signals the next
     * waiter. It does not hold the mutex then, but that is harmless: no task is queued here while it holds the mutex,
     * and a requeue that finds no waiter has changed the word, so a task that is about to queue itself finds the
     * change.
     */

    private final PiMutex mutex;

    /**
     * Creates a handle of the condition in a word beside a mutex.
     *
     * @param mutex the mutex; its table, memory and scope are the condition's too
     * @param address the word, a multiple of 4
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4, or is one of the mutex's own words
     */
    public PiCondition(PiMutex mutex, long address) {
        super(requireNonNull(mutex, "mutex").table, mutex.memory, address, mutex.scope);
        if (address == mutex.address || address == mutex.address + Integer.BYTES) {
            throw new IllegalArgumentException(
                    "address 0x" + Long.toHexString(address) + " is the mutex; the condition needs a word of its own");
        }
        this.mutex = mutex;
    }

    /**
     * Waits for a signal.
     *
     * @param task the waiting task
     * @return {@link AwaitResult#SIGNALLED} or {@link AwaitResult#OWNER_DIED}
     * @throws InterruptedException if the thread was interrupted before it was signalled; if the mutex's previous owner
     *     has died, the method returns {@code OWNER_DIED} instead, and the interrupt stays pending
     * @throws IllegalMonitorStateException if the task does not hold the mutex, or has not called {@link
     *     PiMutex#markConsistent} after the death of an owner
     * @throws NotRecoverableException if the mutex has become unrecoverable; the task holds it and must unlock it, so
     *     that other waiting tasks are notified
     * @throws DeadlockException if locking the mutex again would close a cycle
     */
    public AwaitResult await(PiTask task) throws InterruptedException {
        return await(task, Deadline.NEVER);
    }

    /**
     * Waits for a signal, at most for a given time.
     *
     * @param task the waiting task
     * @param time the maximum time to wait, on the table's monotonic clock
     * @param unit its unit
     * @return how the wait ended
     * @throws InterruptedException if the thread was interrupted before it was signalled; if the mutex's previous owner
     *     has died, the method returns {@code OWNER_DIED} instead, and the interrupt stays pending
     * @throws IllegalMonitorStateException if the task does not hold the mutex, or has not called {@link
     *     PiMutex#markConsistent} after the death of an owner
     * @throws NotRecoverableException if the mutex has become unrecoverable; the task holds it and must unlock it, so
     *     that other waiting tasks are notified
     * @throws DeadlockException if locking the mutex again would close a cycle
     */
    public AwaitResult await(PiTask task, long time, TimeUnit unit) throws InterruptedException {
        requireNonNull(unit, "unit");
        return await(task, deadline(time, unit));
    }

    /**
     * Waits for a signal. An interrupt stays pending and does not change the task's position in the queue.
     *
     * @param task the waiting task
     * @return {@link AwaitResult#SIGNALLED} or {@link AwaitResult#OWNER_DIED}
     * @throws IllegalMonitorStateException if the task does not hold the mutex, or has not called {@link
     *     PiMutex#markConsistent} after the death of an owner
     * @throws NotRecoverableException if the mutex has become unrecoverable; the task holds it and must unlock it, so
     *     that other waiting tasks are notified
     * @throws DeadlockException if locking the mutex again would close a cycle
     */
    public AwaitResult awaitUninterruptibly(PiTask task) {
        PiWait wait = begin(task);
        if (wait == null) {
            return AwaitResult.OWNER_DIED;
        }
        try {
            wait.awaitUninterruptibly();
        } catch (Throwable e) {
            if (fail(task, wait) == AwaitResult.OWNER_DIED) {
                return AwaitResult.OWNER_DIED;
            }
            throw e;
        }
        return end(task, wait);
    }

    /**
     * Signals the first waiting task, if any task waits.
     *
     * @param task the signalling task
     * @throws IllegalMonitorStateException if the task does not hold the mutex; if the mutex is not recoverable, any
     *     task may signal, to notify the waiting tasks
     */
    public void signal(PiTask task) {
        mutex.maySignal(task);
        StackGuard.checkCall(); // before the signal is counted: after that, a requeue that fails would lose it
        move(0);
    }

    /**
     * Signals all waiting tasks.
     *
     * @param task the signalling task
     * @throws IllegalMonitorStateException if the task does not hold the mutex; if the mutex is not recoverable, any
     *     task may signal, to notify the waiting tasks
     */
    public void signalAll(PiTask task) {
        mutex.maySignal(task);
        StackGuard.checkCall(); // before the signals are counted
        move(Integer.MAX_VALUE);
    }

    private AwaitResult await(PiTask task, Deadline deadline) throws InterruptedException {
        requireNonNull(task, "task");
        Interrupts.check();
        PiWait wait = begin(task);
        if (wait == null) {
            return AwaitResult.OWNER_DIED;
        }
        boolean interrupted = false;
        try {
            wait.await(deadline, SpinPolicy.NONE);
        } catch (InterruptedException e) {
            interrupted = true;
        } catch (Throwable e) {
            if (fail(task, wait) == AwaitResult.OWNER_DIED) {
                return AwaitResult.OWNER_DIED;
            }
            throw e;
        }
        try {
            AwaitResult result = end(task, wait);
            if (interrupted && result == AwaitResult.SIGNALLED && !wait.wasMoved()) {
                interrupted = false;
                throw new InterruptedException();
            }
            return result;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Unlocks the mutex and queues the task. The mutex stays in the task's robust words, because the task may be handed
     * the mutex at any time from here on. Returns null if the task could not be queued and holds the mutex again after
     * its owner died.
     */
    private @Nullable PiWait begin(PiTask task) {
        mutex.checkConsistent(task);
        int seen = load();
        StackGuard.checkCall(); // a task that lacked stack to lock the mutex again would retry for ever
        mutex.release(task);
        try {
            return task.prepareWaitRequeue(address, seen, mutex.address, scope);
        } catch (Throwable e) {
            if (mutex.relock(task, false) == LockResult.OWNER_DIED) {
                return null;
            }
            throw e;
        }
    }

    /** Locks the mutex for the task after its wait. */
    private AwaitResult end(PiTask task, PiWait wait) {
        PiResult how = wait.poll();
        boolean signalled = how != PiResult.TIMED_OUT || wait.wasMoved();
        boolean held = false;
        try {
            LockResult lock = mutex.relock(task, how == PiResult.LOCKED);
            held = true;
            return lock == LockResult.OWNER_DIED
                    ? AwaitResult.OWNER_DIED
                    : signalled ? AwaitResult.SIGNALLED : AwaitResult.TIMED_OUT;
        } finally {
            if (!held && wasSignalled(wait)) {
                forwardSignal(); // the signal was for this waiter, which cannot use it
            }
        }
    }

    /** Relocks for a task that cannot report a signal to its caller, because its sleep has failed. */
    private AwaitResult fail(PiTask task, PiWait wait) {
        wait.cancel();
        AwaitResult result = end(task, wait);
        if (wasSignalled(wait)) {
            forwardSignal();
        }
        return result;
    }

    /** Signals the next waiter, and retries while the table is out of memory. A second signal is harmless. */
    private void forwardSignal() {
        for (boolean given = false; !given; ) {
            try {
                move(0);
                given = true;
            } catch (OutOfMemoryError e) {
                Interrupts.pause();
            }
        }
    }

    private static boolean wasSignalled(PiWait wait) {
        return wait.poll() == PiResult.LOCKED || wait.wasMoved();
    }

    private void move(int more) {
        int word = load();
        for (int i = 0; !compareAndSet(word, word + 1); word = load()) {
            i = failed(i);
        }
        PiResult result;
        int failures = 0;
        do {
            failures = failed(failures);
            result = table.compareAndRequeuePi(memory, address, mutex.address, scope, more, load())
                    .outcome();
            switch (result) {
                case REQUEUED, VALUE_DIFFERS -> {}
                case DEADLOCK -> {} // without the mutex only: the first keeps a lock for which the holder waits, and no
                // signal can help them
                case NO_OWNER -> mutex.markNotRecoverable();
                default -> throw new IllegalStateException(this + " is " + result);
            }
        } while (result == PiResult.VALUE_DIFFERS || result == PiResult.NO_OWNER);
    }

    /** Returns a description: the number of signals, the word's address and memory, and the mutex. */
    @Override
    public String toString() {
        return describe("PI condition", word -> Integer.toUnsignedString(word) + " signals") + " of " + mutex;
    }
}

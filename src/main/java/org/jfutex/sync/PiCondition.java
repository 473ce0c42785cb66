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
 * A condition in four bytes: tasks that hold a {@link PiMutex} wait here for what another will signal.
 *
 * <p>All methods are called by a task that holds the mutex. Who is signalled is moved over to the mutex, asleep, and
 * waits there as any other: the holder runs at its priority, and hands the mutex over in its turn. Signals go to those
 * who wait at that moment, the highest priority first, among equals the longest waiting, and to nobody who comes
 * later.
 *
 * <p>What comes after a signal does not count: who was signalled before its time passed is signalled, though it may
 * wait for the mutex longer than that. A wait may end without a signal (a spurious wakeup), namely when it begins at
 * the moment of a signal to others, so callers look in a loop at what they wait for.
 *
 * <p>A signal is not lost if the task that it was sent to dies before it holds the mutex: it goes to the next. If that
 * task dies when it holds it, the next holder is told {@link LockResult#OWNER_DIED}, whatever it does: so who repairs
 * should {@link #signalAll} too.
 *
 * <p>When a wait ends, by whatever exception of those named below, the task holds the mutex, with three exceptions:
 * {@link DeadlockException}, if another waits by now for a lock that this task kept; {@link IllegalStateException} if
 * the task has exited; {@link org.jfutex.key.MemoryFaultException}, which all methods throw where the memory does. Who
 * finds no place in the mutex's queue then, by a limit of the table or for want of memory or stack, is not refused: it
 * tries again every millisecond. If the wait fails, a signal to this waiter goes on to the next; if the mutex is of a
 * dead holder by then, that is told instead of the failure.
 *
 * <p><b>Memory consistency effects:</b> those of the mutex, which is unlocked when a wait begins and locked when it
 * ends.
 */
public final class PiCondition extends FutexWord {

    /*
     * The word counts signals, modulo 2^32:
     *
     *      waiter, holds the mutex                 who signals
     *      read word                               word = word + 1
     *      unlock                                  move one from the queue to the mutex, or all
     *      queue, if the word is the same
     *
     * No signal is lost: it is sent with the mutex held, so who began to wait before is in the queue or will find
     * another word. (If 2^32 signals were sent in that moment, it would find the same.) No signal is stolen: it takes
     * one out of the queue, and no later task can use it.
     *
     * No signal is swallowed by one who gives up. To be signalled means to be moved, and a wait tells whether it was
     * (PiWait.wasMoved). Who was moved waits for the mutex as long as it takes; if it dies there, or is refused there,
     * it signals the next one. That is without the mutex, and as good: nobody is ever queued here while it holds the
     * mutex, and so a requeue that finds nobody leaves a word behind that has changed.
     */

    private final PiMutex mutex;

    /**
     * The condition that lies in a word beside a mutex.
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
     * @param task who waits
     * @return {@link AwaitResult#SIGNALLED} or {@link AwaitResult#OWNER_DIED}
     * @throws InterruptedException if the thread was interrupted and not signalled first; if the mutex is of a dead
     *     holder, that is told instead, and the interrupt stays pending
     * @throws IllegalMonitorStateException if the task does not hold the mutex, or has not {@linkplain
     *     PiMutex#markConsistent recovered} it
     * @throws NotRecoverableException if the mutex has become so; the task holds it, and is to unlock it for others
     *     to hear of it
     * @throws DeadlockException if to lock the mutex again would close a circle
     */
    public AwaitResult await(PiTask task) throws InterruptedException {
        return await(task, Deadline.NEVER);
    }

    /**
     * Waits for a signal at most for a while.
     *
     * @param task who waits
     * @param time how long, on the table's monotonic clock
     * @param unit its unit
     * @return how it ended
     * @throws InterruptedException if the thread was interrupted and not signalled first; if the mutex is of a dead
     *     holder, that is told instead, and the interrupt stays pending
     * @throws IllegalMonitorStateException if the task does not hold the mutex, or has not {@linkplain
     *     PiMutex#markConsistent recovered} it
     * @throws NotRecoverableException if the mutex has become so; the task holds it, and is to unlock it for others
     *     to hear of it
     * @throws DeadlockException if to lock the mutex again would close a circle
     */
    public AwaitResult await(PiTask task, long time, TimeUnit unit) throws InterruptedException {
        requireNonNull(unit, "unit");
        return await(task, deadline(time, unit));
    }

    /**
     * Waits for a signal. An interrupt stays pending and does not change the task's position in the queue.
     *
     * @param task who waits
     * @return {@link AwaitResult#SIGNALLED} or {@link AwaitResult#OWNER_DIED}
     * @throws IllegalMonitorStateException if the task does not hold the mutex, or has not {@linkplain
     *     PiMutex#markConsistent recovered} it
     * @throws NotRecoverableException if the mutex has become so; the task holds it, and is to unlock it for others
     *     to hear of it
     * @throws DeadlockException if to lock the mutex again would close a circle
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
     * Signals the first waiting task, if there is one.
     *
     * @param task who signals
     * @throws IllegalMonitorStateException if it does not hold the mutex, unless that is not recoverable: then
     *     any task may signal, to notify the waiting tasks
     */
    public void signal(PiTask task) {
        mutex.maySignal(task);
        move(0);
    }

    /**
     * Signals all waiting tasks.
     *
     * @param task who signals
     * @throws IllegalMonitorStateException if it does not hold the mutex, unless that is not recoverable: then
     *     any task may signal, to notify the waiting tasks
     */
    public void signalAll(PiTask task) {
        mutex.maySignal(task);
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
     * Unlocks the mutex and queues the task. The mutex stays noted with the task, who may get it at any time from here
     * on. Null if the task could not be queued, and has the mutex back of a dead holder.
     */
    private @Nullable PiWait begin(PiTask task) {
        mutex.heldAndWhole(task);
        int seen = load();
        StackGuard.checkDeep(); // now, for who lacks it to take the mutex again would try for ever
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

    /** Sees to it that the task holds the mutex when its wait is over. */
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
                giveSignalOn(); // the signal was this one's, who can do nothing with it
            }
        }
    }

    /** Relocks for a task that cannot report a signal to its caller, because its sleep has failed. */
    private AwaitResult fail(PiTask task, PiWait wait) {
        wait.cancel();
        AwaitResult result = end(task, wait);
        if (wasSignalled(wait)) {
            giveSignalOn();
        }
        return result;
    }

    /** Who finds no memory to signal the next tries again until there is some; two signals do no harm. */
    private void giveSignalOn() {
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

    /** Returns what this is, how many signals it has counted, and where its word and its mutex lie. */
    @Override
    public String toString() {
        return describe("PI condition", word -> Integer.toUnsignedString(word) + " signals") + " of " + mutex;
    }
}

package org.jfutex;

import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jfutex.time.DaemonThreads;
import org.jspecify.annotations.Nullable;

/**
 * The threads that call the callbacks of waits whose deadline has passed, unless the table has an executor of its own.
 * Each callback that is due finds a thread that calls no other, so a slow callback delays no other one until very many
 * are slow.
 */
final class CallbackThreads implements Executor {

    /*
     * All is under the lock "this". The threads are platform threads and hold it for a few steps only. A monitor needs
     * no memory of the heap.
     *
     *      waiting     callbacks that no thread has taken: idle threads were notified, or all threads are in use
     *      idle        threads that sleep because no callback waits
     *
     * A thread that finds no callback for KEEP ends. So nothing is left when no deadline passes.
     */

    /**
     * More callbacks than this do not run at the same time, so that a guest whose timeouts are handled slowly cannot
     * exhaust the threads.
     */
    static final int MOST = 256;

    private static final long KEEP = TimeUnit.SECONDS.toMillis(1);

    static final CallbackThreads ALL = new CallbackThreads(DaemonThreads.forCallbacks(), MOST);

    private final ThreadFactory factory;
    private final int most;

    private int threads;
    private int idle;
    private int waiting;
    private @Nullable Callback<?> first;
    private @Nullable Callback<?> last;

    CallbackThreads(ThreadFactory factory, int most) {
        this.factory = factory;
        this.most = most;
    }

    /**
     * The task of a thread. It is no lambda, because a lambda whose linking runs out of memory fails at every later
     * call.
     */
    private record Work(CallbackThreads threads, Callback<?> begin) implements Runnable {

        @Override
        public void run() {
            for (Callback<?> c = begin; c != null; c = threads.next()) {
                c.run();
            }
        }
    }

    /**
     * Has a thread call a callback. If no thread can be made, the calling thread calls it: late callbacks of others are
     * better than a lost one.
     *
     * @param task a {@link Callback}
     */
    @Override
    public void execute(Runnable task) {
        Callback<?> c = (Callback<?>) task;
        if (!isQueued(c) && !isStarted(c)) {
            c.run();
            callWaiting();
        }
    }

    /**
     * Leaves the callback to a thread that is idle, or to the first that becomes so if there may be no more threads.
     */
    private synchronized boolean isQueued(Callback<?> c) {
        if (idle <= waiting && threads < most) {
            threads++;
            return false;
        }
        last = Callback.linked(last, c);
        first = first == null ? c : first;
        waiting++;
        notify();
        return true;
    }

    /** Starts a thread that has been counted. */
    private boolean isStarted(Callback<?> c) {
        boolean started = false;
        try {
            factory.newThread(new Work(this, c)).start();
            started = true;
        } catch (Throwable noThread) {
            return false;
        } finally {
            if (!started) {
                uncount();
            }
        }
        return true;
    }

    private synchronized void uncount() {
        threads--;
    }

    /** Calls what was left to threads of which none could be made. */
    private void callWaiting() {
        for (Callback<?> c = takeIfNoThread(); c != null; c = takeIfNoThread()) {
            c.run();
        }
    }

    private synchronized @Nullable Callback<?> takeIfNoThread() {
        return threads == 0 ? takeLocked() : null;
    }

    /** Takes a callback, as soon as there is one; null if this thread shall end. */
    private synchronized @Nullable Callback<?> next() {
        Callback<?> c = takeLocked();
        if (c == null) {
            sleepLocked();
            c = takeLocked();
        }
        if (c == null) {
            threads--;
        }
        return c;
    }

    private @Nullable Callback<?> takeLocked() {
        Callback<?> c = first;
        if (c != null) {
            first = c.unlinked();
            last = first == null ? null : last;
            waiting--;
        }
        return c;
    }

    @SuppressWarnings("WaitNotInLoop") // a thread that returns too early ends, and that is all
    private void sleepLocked() {
        idle++;
        try {
            Thread.interrupted(); // a callback may have left it
            wait(KEEP);
        } catch (InterruptedException e) {
            return; // this thread ends, unless a callback waits
        } finally {
            idle--;
        }
    }

    /** How many threads there are. */
    synchronized int threads() {
        return threads;
    }
}

package org.jfutex;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jfutex.key.FirstFailure;
import org.jfutex.time.DaemonThreads;
import org.jspecify.annotations.Nullable;

/**
 * A callback of a wait, and its node in the queue of a thread that calls callbacks. It is allocated when the callback
 * is given, so that a wait that has ended needs no memory to be reported.
 */
class Callback<R> implements Runnable {

    /*
     * Callbacks do not nest. If a callback wakes a wait that has a callback, which wakes the next one, then calling
     * each from within the one before would fill the stack. So a thread calls callbacks in one place, and what becomes
     * due within a call is appended:
     *
     *      outermost call          first -> due -> due -> due <- first.last
     *                                the one that is called now is no longer needed, the rest is still to be called
     *
     * The queue of a thread is found through a list of all threads that call callbacks now. A ThreadLocal would need
     * memory at the moment when the wait has ended already. The list is split by thread; each part is a stack of
     * queues:
     *
     *      CALLING[i]  -> first -below-> first -below-> first -> null
     *
     * A queue is pushed at the top only, by compare-and-set, and is pushed once. Its thread ends it by clearing
     * "thread". Any thread that passes may unlink an ended queue, without a lock, since these hold whatever happens at
     * the same time:
     *
     *      all queues above the top are ended
     *      all queues that a "below" skips are ended
     *      an ended queue stays ended, and its "below" leads on
     *
     * A thread reads only queues that were published by a volatile write, so none seems ended before it has begun.
     */

    private static final int PARTS = 64; // a power of two
    private static final int APART = 16; // references on a cache line, at least

    /* No VarHandles: each place in the code that uses one needs memory when it is reached for the first time. */

    private static final AtomicReferenceArray<@Nullable Callback<?>> CALLING =
            new AtomicReferenceArray<>(PARTS * APART);

    @SuppressWarnings("rawtypes")
    private static final AtomicIntegerFieldUpdater<Callback> CLAIMED =
            AtomicIntegerFieldUpdater.newUpdater(Callback.class, "claimed");

    private static final Class<?> TIMER_THREAD = DaemonThreads.timerThread(); // loaded before it is needed

    private @Nullable WaitEnd<R> wait; // null once called
    private @Nullable Consumer<? super R> action; // null once called

    /** The next in a chain, or in the queue of a thread; written by the thread that has made the callback due. */
    private @Nullable Callback<?> next;

    /* Of the first in a queue only. */

    private @Nullable Callback<?> last; // only the queue's thread reads and writes it

    @SuppressWarnings("unused") // through CLAIMED: 1 if a thread that was handed this has begun to call it
    private volatile int claimed;

    private volatile @Nullable Thread thread; // null before and after
    private volatile @Nullable Callback<?> below;

    Callback(WaitEnd<R> wait, Consumer<? super R> action) {
        this.wait = wait;
        this.action = action;
    }

    /** Creates the first of a queue that calls nothing itself. */
    private Callback() {}

    /** Wakes the threads that this callback notifies of the end. Called before any callback of the same wake. */
    void wakeThreads() {}

    /** Links a callback behind the last one of a chain, if there is one. */
    static Callback<?> linked(@Nullable Callback<?> last, Callback<?> c) {
        if (last != null) {
            last.next = c;
        }
        return c;
    }

    /** Takes this one out of the head of a chain, and returns the next. */
    final @Nullable Callback<?> unlinked() {
        Callback<?> following = next;
        next = null;
        return following;
    }

    /** Calls this one, unless this thread is within a callback: then it is called after that one. */
    final void call() {
        call(this, this);
    }

    /**
     * Calls a chain of callbacks that have become due together, as {@link #call()} does. The thread that keeps the time
     * hands each to the executor of its table instead.
     */
    static void callOrHandOver(Callback<?> first, Callback<?> last) {
        settle(first);
        if (isOnTimerThread()) {
            for (Callback<?> c = first; c != null; ) {
                Callback<?> following = c.unlinked();
                c.handOver();
                c = following;
            }
        } else {
            call(first, last);
        }
    }

    /** Whether the calling thread must not call code of users. */
    static boolean isOnTimerThread() {
        return TIMER_THREAD.isInstance(Thread.currentThread());
    }

    /** Gives this to the executor, and to the threads of this library if there is none or it fails. */
    private void handOver() {
        if (wait == null) {
            return;
        }
        TableState table = wait.table();
        try {
            if (table.callbackExecutor != null) {
                table.callbackExecutor.execute(this);
                return;
            }
        } catch (RejectedExecutionException shutDown) {
            // there is another way
        } catch (Throwable t) {
            DaemonThreads.reportUncaught(t);
        }
        table.callbackThreads.execute(this);
    }

    /** Calls this one, if no thread has begun to: an executor may fail after it has accepted it. */
    @Override
    public final void run() {
        if (!CLAIMED.compareAndSet(this, 0, 1)) {
            return;
        }
        try {
            if (wait != null) {
                wait.notifyPriorityListeners();
            }
            call();
        } catch (Throwable t) {
            DaemonThreads.reportUncaught(t);
        }
    }

    /**
     * Delays the callbacks of this thread until {@link #endDelay}, for an operation that ends waits in several steps.
     * Otherwise a slow callback of one step would delay the threads of the next.
     *
     * @return what to end, null if this thread is within a callback: then its callbacks are delayed already
     */
    static @Nullable Callback<?> beginDelay() {
        Thread me = Thread.currentThread();
        int top = top(me);
        if (queueOf(me, top) != null) {
            return null;
        }
        Callback<?> begin = new Callback<>();
        begin.last = begin;
        begin.push(me, top);
        return begin;
    }

    /** Calls the callbacks that have become due since the begin of a delay. */
    static void endDelay(@Nullable Callback<?> begin) {
        if (begin != null) {
            begin.callQueue(top(Thread.currentThread()));
        }
    }

    private static int top(Thread me) {
        return (System.identityHashCode(me) & (PARTS - 1)) * APART;
    }

    private static void call(Callback<?> first, Callback<?> last) {
        Thread me = Thread.currentThread();
        int top = top(me);
        Callback<?> queue = queueOf(me, top);
        if (queue != null) {
            linked(queue.last, first);
            queue.last = last;
            return;
        }
        first.last = last;
        first.push(me, top);
        first.callQueue(top);
    }

    private void callQueue(int top) {
        try {
            callAll(this);
        } finally {
            thread = null;
            CALLING.compareAndSet(top, this, below); // if it is not at the top, a later search unlinks it
        }
    }

    /** Lets waits on many words leave their other queues now: until they do, they may absorb wakes. */
    private static void settle(Callback<?> first) {
        for (Callback<?> c = first; c != null; c = c.next) {
            try {
                if (c.wait != null) {
                    c.wait.endedForNotification();
                }
            } catch (Throwable t) {
                // it is thrown again when the callback is called
            }
        }
    }

    private static void callAll(Callback<?> first) {
        Throwable failure = null;
        for (Callback<?> c = first; c != null; ) {
            try {
                c.callThis();
            } catch (Throwable t) {
                failure = failure == null ? t : FirstFailure.of(failure, t); // needs no class until there are two
            }
            c = c.unlinked(); // not before: the call may have appended
        }
        if (failure != null) {
            throw FirstFailure.rethrown(failure);
        }
    }

    private void callThis() {
        WaitEnd<R> w = wait;
        Consumer<? super R> a = action;
        wait = null;
        action = null;
        if (w != null && a != null) {
            w.call(a);
        }
    }

    private void push(Thread me, int top) {
        thread = me;
        Callback<?> old;
        do {
            old = CALLING.get(top);
            below = old;
        } while (!CALLING.compareAndSet(top, old, this));
    }

    /** Finds the queue of a thread, null if it is within no callback. Unlinks ended queues on the way. */
    private static @Nullable Callback<?> queueOf(Thread me, int top) {
        Callback<?> above = null;
        for (Callback<?> c = CALLING.get(top); c != null; ) {
            Thread caller = c.thread;
            Callback<?> under = c.below;
            if (caller == me) {
                return c;
            }
            if (caller != null) {
                above = c;
            } else if (above != null) {
                above.below = under;
            } else {
                CALLING.compareAndSet(top, c, under);
            }
            c = under;
        }
        return null;
    }
}

package org.jfutex;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/**
 * The events that {@link JfrRecorder} records; the package page lists what is recorded and what is not. This class and
 * its members are loaded only when a recording has been created.
 *
 * <p>What only an event needs is computed behind {@code shouldCommit} and {@code isEnabled}, which are constants while
 * nothing is recorded.
 */
final class JfrEvents {

    private JfrEvents() {}

    @Name("org.jfutex.Wait")
    @Label("Futex Wait")
    @Description("A wait on which a thread spun or slept, or which had a callback, from then on until it ended")
    @Category("Futex")
    @Enabled(false)
    static final class Wait extends Event {
        @Label("First Key")
        @Description("The key of the wait when the record began")
        @Nullable
        String firstKey;

        @Label("Key")
        @Description("The key of the wait at its end, after any requeues")
        @Nullable
        String key;

        @Label("Outcome")
        @Nullable
        String outcome;

        @Label("Callback")
        @Description("Whether a callback was called, on the thread of the event; if not, that thread waited")
        boolean callback;
    }

    @Name("org.jfutex.Wake")
    @Label("Futex Wake")
    @Description("A thread woke waiters of a word, or handed a lock over to one")
    @Category("Futex")
    @Enabled(false)
    static final class Wake extends Event {
        @Label("Key")
        @Nullable
        String key;

        @Label("Woken")
        int woken;
    }

    @Name("org.jfutex.Requeue")
    @Label("Futex Requeue")
    @Description("A thread woke waiters of a word or moved waiters to another")
    @Category("Futex")
    @Enabled(false)
    static final class Requeue extends Event {
        @Label("From")
        @Nullable
        String from;

        @Label("To")
        @Nullable
        String to;

        @Label("Woken")
        int woken;

        @Label("Moved")
        int moved;
    }

    @Name("org.jfutex.StuckWaiter")
    @Label("Stuck Futex Waiter")
    @Description("A word was changed long ago, and a waiter on it has not been woken")
    @Category("Futex")
    @Enabled(false)
    @StackTrace(false)
    static final class Stuck extends Event {
        @Label("Key")
        @Nullable
        String key;

        @Label("Waiter")
        @Nullable
        Thread waiter;

        @Label("Task")
        @Description("The thread id of a task that waits for a priority-inheritance lock, else 0")
        int task;

        @Label("Expected")
        long expected;

        @Label("Actual")
        long actual;
    }

    /** Initializes all events, so that no thread about to sleep has to do it. */
    static void initialize() {
        new Wait().isEnabled();
        new Wake().isEnabled();
        new Requeue().isEnabled();
        new Stuck().isEnabled();
    }

    static Object beginWait(WaitEnd<?> wait, boolean callback) {
        Wait e = new Wait();
        e.firstKey = wait.describeKeys();
        e.callback = callback;
        e.begin();
        return e;
    }

    static boolean recordsWaits() {
        return new Wait().isEnabled();
    }

    static void endWait(Object begun, WaitEnd<?> wait, WaitResult outcome) {
        Wait e = (Wait) begun;
        if (e.shouldCommit()) {
            e.key = wait.describeKeys();
            e.outcome = outcome.name();
            e.commit();
        }
    }

    static void wake(Object key, int woken) {
        Wake e = new Wake();
        if (e.shouldCommit() && woken > 0) {
            e.key = key.toString();
            e.woken = woken;
            e.commit();
        }
    }

    static void requeue(Object from, Object to, int woken, int moved) {
        Requeue e = new Requeue();
        if (e.shouldCommit() && woken + moved > 0) {
            e.from = from.toString();
            e.to = to.toString();
            e.woken = woken;
            e.moved = moved;
            e.commit();
        }
    }

    static void stuck(Object key, @Nullable Thread waiter, int tid, long expected, long actual) {
        Stuck e = new Stuck();
        if (e.shouldCommit()) {
            e.key = key.toString();
            e.waiter = waiter;
            e.task = tid;
            e.expected = expected;
            e.actual = actual;
            e.commit();
        }
    }
}

package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.util.function.Consumer;
import jdk.jfr.FlightRecorder;
import org.jfutex.key.FutexKey;
import org.jspecify.annotations.Nullable;

/**
 * Access to the flight recorder, which a run-time image may lack. If an event cannot be created, because memory is
 * missing or a memory's {@code toString} fails, it is omitted; the operation that it would report is complete all the
 * same.
 */
final class JfrRecorder {

    /*
     * The first use of an event's class starts the whole flight recorder: 200 ms of processor time, threads and a
     * repository on disk, in a process that records nothing. So these classes are not touched until a recording is
     * created, by the API, by jcmd or on the command line; then the recorder exists already:
     *
     *     FlightRecorder.isInitialized()   "ready"
     *     false                            false      no recording was ever created: each call reads two static fields
     *     true                             false      the next wake or queueing thread initializes the classes
     *     true                             true       the events decide; while none is enabled, the compiler drops them
     *
     * A class whose initializer fails is unusable for good, and an initializer fails if the stack is nearly exhausted.
     * So it runs only if the stack suffices, and never on a thread between queueing and parking. A wait that was queued
     * before that is not recorded, as if it had begun before the recording.
     */

    private static final boolean PRESENT = present();

    private static volatile boolean ready;
    private static volatile boolean broken;

    private JfrRecorder() {}

    private static boolean present() {
        try {
            Class.forName("jdk.jfr.FlightRecorder", false, JfrRecorder.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    /**
     * Returns whether events may be recorded. The calling thread must not have queued a waiter on which it is about to
     * sleep.
     */
    static boolean prepare() {
        return PRESENT && (ready || (FlightRecorder.isInitialized() && initialize()));
    }

    /** Initializes the events' classes if necessary; returns whether they are initialized. */
    private static synchronized boolean initialize() {
        if (!ready && !broken && StackProbe.fitsInitializers()) {
            try {
                JfrEvents.initialize();
                ready = true;
            } catch (Throwable e) {
                broken = true;
            }
        }
        return ready;
    }

    /** Returns whether waits are recorded. Never initializes a class: the calling thread may be about to sleep. */
    private static boolean recordsWaits() {
        return PRESENT && ready && JfrEvents.recordsWaits();
    }

    /** Begins the record of a wait; returns null if it is not recorded. */
    static @Nullable Object beginWait(WaitEnd<?> wait) {
        try {
            return recordsWaits() ? JfrEvents.beginWait(wait, false) : null;
        } catch (Throwable e) {
            return null;
        }
    }

    /**
     * Returns a callback that ends the record and then calls the given one; returns the given one itself if nothing is
     * recorded.
     */
    static <R> Consumer<? super R> recorded(WaitEnd<R> wait, Consumer<? super R> callback) {
        try {
            if (recordsWaits()) {
                Object begun = JfrEvents.beginWait(wait, true);
                return end -> {
                    endWait(begun, wait, requireNonNull(wait.ended()));
                    callback.accept(end);
                };
            }
        } catch (Throwable e) {
            return callback;
        }
        return callback;
    }

    static void endWait(@Nullable Object begun, WaitEnd<?> wait, WaitResult outcome) {
        try {
            if (begun != null) {
                JfrEvents.endWait(begun, wait, outcome);
            }
        } catch (Throwable e) {
            return;
        }
    }

    /** Records a wake of at least one waiter. The key is any object whose text identifies the word. */
    static void wake(Object key, int woken) {
        try {
            if (woken > 0 && prepare()) {
                JfrEvents.wake(key, woken);
            }
        } catch (Throwable e) {
            return;
        }
    }

    /** Records a requeue that has woken or moved at least one waiter. */
    static void requeue(FutexKey from, FutexKey to, int woken, int moved) {
        try {
            if ((woken > 0 || moved > 0) && prepare()) {
                JfrEvents.requeue(from, to, woken, moved);
            }
        } catch (Throwable e) {
            return;
        }
    }

    /** Records a waiter whose word was changed long ago. The key is any object whose text identifies the word. */
    static void stuck(Object key, @Nullable Thread waiter, int tid, long expected, long actual) {
        try {
            if (prepare()) {
                JfrEvents.stuck(key, waiter, tid, expected, actual);
            }
        } catch (Throwable e) {
            return;
        }
    }
}

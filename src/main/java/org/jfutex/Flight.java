package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.util.function.Consumer;
import org.jfutex.key.FutexKey;
import org.jspecify.annotations.Nullable;

/**
 * The way to the flight recorder, which a run time image may lack. While nobody records, a call is a constant test that the compiler drops. An event that
 * cannot be made, for want of memory or since a memory's name cannot be told, is left out; what it would tell of has happened all the same.
 */
final class Flight {

    private static final boolean PRESENT = present();

    private Flight() {}

    private static boolean present() {
        try {
            Class.forName("jdk.jfr.Event", false, Flight.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    /** A wait to be recorded, null if it is not. */
    static @Nullable Object beginWait(PendingWait<?> wait) {
        try {
            return PRESENT && FlightEvents.recordsWaits() ? FlightEvents.beginWait(wait, false) : null;
        } catch (Throwable e) {
            return null;
        }
    }

    /** A call-back that ends a record before it goes on as this one, or this one itself if nothing is recorded. */
    static <R> Consumer<? super R> recorded(PendingWait<R> wait, Consumer<? super R> callback) {
        try {
            if (PRESENT && FlightEvents.recordsWaits()) {
                Object begun = FlightEvents.beginWait(wait, true);
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

    static void endWait(@Nullable Object begun, PendingWait<?> wait, WaitResult outcome) {
        try {
            if (begun != null) {
                FlightEvents.endWait(begun, wait, outcome);
            }
        } catch (Throwable e) {
            return;
        }
    }

    /** The key may be anything that names it in words. Whoever woke nobody is not recorded. */
    static void wake(Object key, int woken) {
        try {
            if (PRESENT) {
                FlightEvents.wake(key, woken);
            }
        } catch (Throwable e) {
            return;
        }
    }

    /** Whoever woke and moved nobody is not recorded. */
    static void requeue(FutexKey from, FutexKey to, int woken, int moved) {
        try {
            if (PRESENT) {
                FlightEvents.requeue(from, to, woken, moved);
            }
        } catch (Throwable e) {
            return;
        }
    }

    static void stuck(WaiterInfo waiter) {
        try {
            if (PRESENT) {
                FlightEvents.stuck(waiter);
            }
        } catch (Throwable e) {
            return;
        }
    }
}

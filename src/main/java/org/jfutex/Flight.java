package org.jfutex;

import org.jfutex.key.FutexKey;
import org.jspecify.annotations.Nullable;

/**
 * The way to the flight recorder, which a run time image may lack. While nobody records, a call is a constant test that the compiler drops. An event for
 * which there is no memory is left out; what it would tell of has happened all the same.
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
    static @Nullable Object beginWait() {
        try {
            return PRESENT && FlightEvents.recordsWaits() ? FlightEvents.beginWait() : null;
        } catch (OutOfMemoryError e) {
            return null;
        }
    }

    static void endWait(@Nullable Object begun, PendingWait<?> wait, WaitResult outcome) {
        try {
            if (begun != null) {
                FlightEvents.endWait(begun, wait, outcome);
            }
        } catch (OutOfMemoryError e) {
            return;
        }
    }

    /** The key may be anything that names it in words. */
    static void wake(Object key, int woken) {
        try {
            if (PRESENT) {
                FlightEvents.wake(key, woken);
            }
        } catch (OutOfMemoryError e) {
            return;
        }
    }

    static void requeue(FutexKey from, FutexKey to, int woken, int moved) {
        try {
            if (PRESENT) {
                FlightEvents.requeue(from, to, woken, moved);
            }
        } catch (OutOfMemoryError e) {
            return;
        }
    }

    static void stuck(WaiterInfo waiter) {
        if (PRESENT) {
            FlightEvents.stuck(waiter);
        }
    }
}

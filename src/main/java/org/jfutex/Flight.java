package org.jfutex;

import org.jfutex.key.FutexKey;
import org.jspecify.annotations.Nullable;

/** The way to the flight recorder, which a run time image may lack. While nobody records, a call is a constant test that the compiler drops. */
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
        return PRESENT && FlightEvents.recordsWaits() ? FlightEvents.beginWait() : null;
    }

    static void endWait(@Nullable Object begun, PendingWait<?> wait, WaitResult outcome) {
        if (begun != null) {
            FlightEvents.endWait(begun, wait, outcome);
        }
    }

    /** The key may be anything that names it in words. */
    static void wake(Object key, int woken) {
        if (PRESENT) {
            FlightEvents.wake(key, woken);
        }
    }

    static void requeue(FutexKey from, FutexKey to, int woken, int moved) {
        if (PRESENT) {
            FlightEvents.requeue(from, to, woken, moved);
        }
    }

    static void stuck(WaiterInfo waiter) {
        if (PRESENT) {
            FlightEvents.stuck(waiter);
        }
    }
}

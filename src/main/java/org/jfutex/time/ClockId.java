package org.jfutex.time;

/** The two clocks that a futex deadline can mean. Source: futex(2), CLOCK_MONOTONIC and CLOCK_REALTIME. */
public enum ClockId {
    /** CLOCK_MONOTONIC: never set; counts from an arbitrary origin. */
    MONOTONIC,
    /** CLOCK_REALTIME: nanoseconds since 1970-01-01T00:00Z; may be set, and then jumps. */
    REALTIME
}

package org.jfutex.linux;

import org.jspecify.annotations.Nullable;

/** The operations of futex(2) in the order of their numbers, and the kernel versions that have them. */
enum Op {
    WAIT(2, 5, 7, true),
    WAKE(2, 5, 7, false),
    FD(2, 5, 7, false),
    REQUEUE(2, 5, 70, false),
    CMP_REQUEUE(2, 6, 7, false),
    WAKE_OP(2, 6, 14, false),
    LOCK_PI(2, 6, 18, true),
    UNLOCK_PI(2, 6, 18, false),
    TRYLOCK_PI(2, 6, 18, false),
    WAIT_BITSET(2, 6, 25, true),
    WAKE_BITSET(2, 6, 25, false),
    WAIT_REQUEUE_PI(2, 6, 31, true),
    CMP_REQUEUE_PI(2, 6, 31, false),
    LOCK_PI2(5, 14, 0, true);

    static final int PRIVATE_FLAG = FutexConstants.FUTEX_PRIVATE_FLAG;
    static final int CLOCK_REALTIME = FutexConstants.FUTEX_CLOCK_REALTIME;

    /** The first version without FUTEX_FD. */
    private static final KernelVersion FD_GONE = new KernelVersion(2, 6, 26);

    private static final Op[] BY_NUMBER = values();

    @SuppressWarnings("ImmutableEnumChecker") // a record of numbers
    private final KernelVersion since;

    /** Whether the operation may sleep and therefore takes a timespec. */
    final boolean sleeps;

    Op(int major, int minor, int patch, boolean sleeps) {
        this.since = new KernelVersion(major, minor, patch);
        this.sleeps = sleeps;
    }

    /** Returns the operation of an op argument, null if the number is unknown or other flags are set. */
    static @Nullable Op of(int op) {
        int cmd = op & ~(PRIVATE_FLAG | CLOCK_REALTIME);
        return cmd >= 0 && cmd < BY_NUMBER.length ? BY_NUMBER[cmd] : null;
    }

    /**
     * Returns whether this operation accepts FUTEX_CLOCK_REALTIME. LOCK_PI refuses the flag although it uses that
     * clock.
     */
    boolean takesClock() {
        return this == WAIT_BITSET || this == WAIT_REQUEUE_PI || this == LOCK_PI2;
    }

    boolean existsIn(KernelVersion kernel) {
        return kernel.compareTo(since) >= 0
                && (this != FD || kernel.equals(KernelVersion.ALL) || kernel.compareTo(FD_GONE) < 0);
    }
}

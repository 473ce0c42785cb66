package org.jfutex;

/**
 * The layout of the word of a priority-inheritance lock, which programs also change by themselves.
 *
 * <pre>
 *   bit  31      WAITERS, the owner must unlock through the table
 *   bit  30      OWNER_DIED, a former owner died and the data may be inconsistent
 *   bits 0..29   the owner's thread id, 0 if there is none
 * </pre>
 *
 * <p>Source: futex(2), FUTEX_WAITERS, FUTEX_OWNER_DIED and FUTEX_TID_MASK.
 */
final class PiWord {

    static final int WAITERS = 0x8000_0000;
    static final int OWNER_DIED = 0x4000_0000;
    static final int TID_MASK = 0x3fff_ffff;

    private PiWord() {}

    /** Returns the owner's thread id, 0 if there is none. */
    static int tid(int word) {
        return word & TID_MASK;
    }

    /** Returns whether a former owner died. */
    static boolean ownerDied(int word) {
        return (word & OWNER_DIED) != 0;
    }
}

package org.jfutex.linux;

/**
 * The operations and flags of futex(2), futex_waitv(2) and futex_wait(2) under their names in C.
 *
 * <p>Programs that call {@link FutexCalls} combine them as a C program does: {@code FUTEX_WAIT | FUTEX_PRIVATE_FLAG}.
 *
 * <p>Source: futex(2), futex_waitv(2), and the user-space header {@code linux/futex.h} of Linux 6.18.
 */
public final class FutexConstants {

    // ---- operations of futex(2)

    /** Operation: sleeps while the word holds the expected value. */
    public static final int FUTEX_WAIT = 0;

    /** Operation: wakes waiters of a word. */
    public static final int FUTEX_WAKE = 1;

    /** Operation: returns a descriptor that a wake makes readable; Linux removed it in 2.6.26. */
    public static final int FUTEX_FD = 2;

    /** Operation: wakes waiters of one word and moves others to a second word. */
    public static final int FUTEX_REQUEUE = 3;

    /** Operation: like {@link #FUTEX_REQUEUE}, if the first word holds the expected value. */
    public static final int FUTEX_CMP_REQUEUE = 4;

    /** Operation: changes a second word and wakes waiters of both, depending on its former value. */
    public static final int FUTEX_WAKE_OP = 5;

    /** Operation: locks a priority-inheriting lock; its timeout is an absolute time of CLOCK_REALTIME. */
    public static final int FUTEX_LOCK_PI = 6;

    /** Operation: unlocks a priority-inheriting lock. */
    public static final int FUTEX_UNLOCK_PI = 7;

    /** Operation: locks a priority-inheriting lock if that needs no sleep. */
    public static final int FUTEX_TRYLOCK_PI = 8;

    /** Operation: like {@link #FUTEX_WAIT}, with a bitset and an absolute timeout. */
    public static final int FUTEX_WAIT_BITSET = 9;

    /** Operation: wakes those waiters of a word whose bitset shares a bit with the caller's. */
    public static final int FUTEX_WAKE_BITSET = 10;

    /** Operation: sleeps until a requeue to a priority-inheriting lock has acquired that lock. */
    public static final int FUTEX_WAIT_REQUEUE_PI = 11;

    /** Operation: moves waiters to a priority-inheriting lock, if the first word holds the expected value. */
    public static final int FUTEX_CMP_REQUEUE_PI = 12;

    /** Operation: like {@link #FUTEX_LOCK_PI}, with a choice of the clock; since Linux 5.14. */
    public static final int FUTEX_LOCK_PI2 = 13;

    // ---- flags of an operation of futex(2)

    /** Flag: the word is used by one address space only, so its key is the address space and the address. */
    public static final int FUTEX_PRIVATE_FLAG = 0x80;

    /** Flag: the absolute timeout is a time of CLOCK_REALTIME instead of CLOCK_MONOTONIC. */
    public static final int FUTEX_CLOCK_REALTIME = 0x100;

    /** Mask: {@code op & FUTEX_CMD_MASK} is the operation without its flags. */
    public static final int FUTEX_CMD_MASK = ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);

    /** Bitset: matches every other bitset. */
    public static final int FUTEX_BITSET_MATCH_ANY = 0xffff_ffff;

    // ---- the word of a lock

    /** Bit of a lock's word: the lock may have waiters, so its owner must unlock it by a call. */
    public static final int FUTEX_WAITERS = 0x8000_0000;

    /** Bit of a lock's word: the owner of the lock died while it held the lock. */
    public static final int FUTEX_OWNER_DIED = 0x4000_0000;

    /** Mask of a lock's word: the bits that hold the owner's thread id. */
    public static final int FUTEX_TID_MASK = 0x3fff_ffff;

    /** The number of entries of a robust list that the kernel visits when a thread exits. */
    public static final int ROBUST_LIST_LIMIT = 2048;

    // ---- encoded third argument of FUTEX_WAKE_OP

    /** Change of the second word by {@link #FUTEX_WAKE_OP}: stores the argument. */
    public static final int FUTEX_OP_SET = 0;

    /** Change of the second word by {@link #FUTEX_WAKE_OP}: adds the argument. */
    public static final int FUTEX_OP_ADD = 1;

    /** Change of the second word by {@link #FUTEX_WAKE_OP}: sets the bits of the argument. */
    public static final int FUTEX_OP_OR = 2;

    /** Change of the second word by {@link #FUTEX_WAKE_OP}: clears the bits of the argument. */
    public static final int FUTEX_OP_ANDN = 3;

    /** Change of the second word by {@link #FUTEX_WAKE_OP}: inverts the bits of the argument. */
    public static final int FUTEX_OP_XOR = 4;

    /** Flag of a change: the argument is a bit number, and 1 shifted left by it is used. */
    public static final int FUTEX_OP_OPARG_SHIFT = 8;

    /** Comparison of {@link #FUTEX_WAKE_OP}: the second word's former value is equal to the argument. */
    public static final int FUTEX_OP_CMP_EQ = 0;

    /** Comparison of {@link #FUTEX_WAKE_OP}: the second word's former value is not equal to the argument. */
    public static final int FUTEX_OP_CMP_NE = 1;

    /** Comparison of {@link #FUTEX_WAKE_OP}: the second word's former value is less than the argument. */
    public static final int FUTEX_OP_CMP_LT = 2;

    /** Comparison of {@link #FUTEX_WAKE_OP}: the second word's former value is less than or equal to the argument. */
    public static final int FUTEX_OP_CMP_LE = 3;

    /** Comparison of {@link #FUTEX_WAKE_OP}: the second word's former value is greater than the argument. */
    public static final int FUTEX_OP_CMP_GT = 4;

    /**
     * Comparison of {@link #FUTEX_WAKE_OP}: the second word's former value is greater than or equal to the argument.
     */
    public static final int FUTEX_OP_CMP_GE = 5;

    // ---- flags of futex_waitv(2), futex_wait(2), futex_wake(2) and futex_requeue(2)

    /** Flag: the word has 8 bits; Linux 6.18 refuses it. */
    public static final int FUTEX2_SIZE_U8 = 0x0;

    /** Flag: the word has 16 bits; Linux 6.18 refuses it. */
    public static final int FUTEX2_SIZE_U16 = 0x1;

    /** Flag: the word has 32 bits. */
    public static final int FUTEX2_SIZE_U32 = 0x2;

    /** Flag: the word has 64 bits; Linux 6.18 refuses it. */
    public static final int FUTEX2_SIZE_U64 = 0x3;

    /** Flag: a second word after the first one names the node of the hash table; since Linux 6.16. */
    public static final int FUTEX2_NUMA = 0x4;

    /** Flag: the memory policy chooses the node of the hash table; since Linux 6.16. */
    public static final int FUTEX2_MPOL = 0x8;

    /** Flag: the word is used by one address space only. */
    public static final int FUTEX2_PRIVATE = FUTEX_PRIVATE_FLAG;

    /** The largest number of words that one futex_waitv(2) takes. */
    public static final int FUTEX_WAITV_MAX = 128;

    private FutexConstants() {}

    /**
     * Encodes the last argument of {@link #FUTEX_WAKE_OP}.
     *
     * @param op the change: one of the {@code FUTEX_OP_*}, possibly with {@link #FUTEX_OP_OPARG_SHIFT}; 0 to 15
     * @param oparg the change's argument, -2048 to 4095; only its low 12 bits are used
     * @param cmp the comparison: one of the {@code FUTEX_OP_CMP_*}; 0 to 15
     * @param cmparg the comparison's argument, -2048 to 4095; only its low 12 bits are used
     * @return the encoded argument
     * @throws IllegalArgumentException if an argument is outside its range
     */
    public static int FUTEX_OP(int op, int oparg, int cmp, int cmparg) {
        return field("op", op, 0, 15) << 28
                | field("cmp", cmp, 0, 15) << 24
                | (field("oparg", oparg, -2048, 4095) & 0xfff) << 12
                | (field("cmparg", cmparg, -2048, 4095) & 0xfff);
    }

    private static int field(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " is " + value + ", not within " + least + " and " + most);
        }
        return value;
    }
}

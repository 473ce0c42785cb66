package org.jfutex.linux;

import static java.util.Objects.requireNonNull;

import org.jfutex.WaitOptions;
import org.jfutex.key.MemoryFaultException;
import org.jspecify.annotations.Nullable;

/**
 * Formats a call and its result as one line, like strace(1).
 *
 * <pre>
 * futex(0x1000, FUTEX_WAIT_PRIVATE, 0, {tv_sec=1, tv_nsec=0}) = -1 ETIMEDOUT (Connection timed out)
 * </pre>
 *
 * <p>The methods take the arguments of the calls in {@link FutexCalls}, and then the result. A structure is read when
 * the line is formatted; if it cannot be read, the line shows its address.
 */
public final class Strace {

    private final Abi abi;

    /**
     * Creates a formatter for the calls of guests with an ABI.
     *
     * @param abi the ABI
     */
    public Strace(Abi abi) {
        this.abi = requireNonNull(abi, "abi");
    }

    /**
     * Formats a call of {@link FutexCalls#futex}.
     *
     * @param task the caller
     * @param uaddr the futex word
     * @param op the operation and its flags
     * @param val an expected value or a count
     * @param timeout a pointer, or val2
     * @param uaddr2 the second futex word
     * @param val3 a bitset, an expected value or an encoded wake-op
     * @param result the call's result
     * @return the line
     */
    public String futex(Task task, long uaddr, int op, int val, long timeout, long uaddr2, int val3, long result) {
        return "futex("
                + arguments(new FutexSyscall.Args(task, uaddr, op, val, timeout, uaddr2, val3), TimeLimit.Format.WORDS)
                + result(result);
    }

    /**
     * Formats a call of {@link FutexCalls#futexTime64}.
     *
     * @param task the caller
     * @param uaddr the futex word
     * @param op the operation and its flags
     * @param val an expected value or a count
     * @param timeout a pointer, or val2
     * @param uaddr2 the second futex word
     * @param val3 a bitset, an expected value or an encoded wake-op
     * @param result the call's result
     * @return the line
     */
    public String futexTime64(
            Task task, long uaddr, int op, int val, long timeout, long uaddr2, int val3, long result) {
        return "futex_time64("
                + arguments(new FutexSyscall.Args(task, uaddr, op, val, timeout, uaddr2, val3), TimeLimit.Format.LONGS)
                + result(result);
    }

    /**
     * Formats a call of {@link FutexCalls#futexWaitv}.
     *
     * @param task the caller
     * @param waiters a pointer to the array
     * @param nr its length
     * @param flags the flags
     * @param timeout a pointer
     * @param clockid the clock
     * @param result the call's result
     * @return the line
     */
    public String futexWaitv(Task task, long waiters, int nr, int flags, long timeout, int clockid, long result) {
        return "futex_waitv(" + entries(task, waiters, nr) + ", " + Integer.toUnsignedString(nr) + ", " + hex(flags)
                + ", " + timespec(task, timeout, TimeLimit.Format.LONGS) + ", " + clock(clockid) + result(result);
    }

    /**
     * Formats a call of {@link FutexCalls#futexWait}.
     *
     * @param task the caller
     * @param uaddr the futex word
     * @param val the expected value
     * @param mask the bitset
     * @param flags the flags
     * @param timeout a pointer
     * @param clockid the clock
     * @param result the call's result
     * @return the line
     */
    public String futexWait(
            Task task, long uaddr, long val, long mask, int flags, long timeout, int clockid, long result) {
        return "futex_wait(" + pointer(uaddr) + ", " + number(val) + ", " + bitset(mask) + ", "
                + FutexNames.flags2(flags) + ", " + timespec(task, timeout, TimeLimit.Format.LONGS) + ", "
                + clock(clockid) + result(result);
    }

    /**
     * Formats a call of {@link FutexCalls#futexWake}.
     *
     * @param uaddr the futex word
     * @param mask the bitset
     * @param nr the count
     * @param flags the flags
     * @param result the call's result
     * @return the line
     */
    public String futexWake(long uaddr, long mask, int nr, int flags, long result) {
        return "futex_wake(" + pointer(uaddr) + ", " + bitset(mask) + ", " + nr + ", " + FutexNames.flags2(flags)
                + result(result);
    }

    /**
     * Formats a call of {@link FutexCalls#futexRequeue}.
     *
     * @param task the caller
     * @param waiters a pointer to two elements
     * @param flags the flags
     * @param nrWake the maximum number of waiters to wake
     * @param nrRequeue the maximum number of waiters to move
     * @param result the call's result
     * @return the line
     */
    public String futexRequeue(Task task, long waiters, int flags, int nrWake, int nrRequeue, long result) {
        return "futex_requeue(" + entries(task, waiters, 2) + ", " + hex(flags) + ", " + nrWake + ", " + nrRequeue
                + result(result);
    }

    /**
     * Formats a call of {@link FutexCalls#setRobustList}.
     *
     * @param head a pointer
     * @param len its size
     * @param result the call's result
     * @return the line
     */
    public String setRobustList(long head, long len, long result) {
        return "set_robust_list(" + pointer(head) + ", " + number(len) + result(result);
    }

    /**
     * Formats a call of {@link FutexCalls#getRobustList}.
     *
     * @param task the caller
     * @param pid a thread id
     * @param headPointer where the head's address was stored
     * @param lenPointer where its size was stored
     * @param result the call's result
     * @return the line
     */
    public String getRobustList(Task task, int pid, long headPointer, long lenPointer, long result) {
        return "get_robust_list(" + pid + ", " + stored(task, headPointer, true, result) + ", "
                + stored(task, lenPointer, false, result) + result(result);
    }

    /**
     * Formats a call of {@link FutexCalls#setTidAddress}.
     *
     * @param tidptr a pointer
     * @param result the call's result
     * @return the line
     */
    public String setTidAddress(long tidptr, long result) {
        return "set_tid_address(" + pointer(tidptr) + result(result);
    }

    private String arguments(FutexSyscall.Args a, TimeLimit.Format format) {
        Op op = Op.of(a.op());
        String start = pointer(a.uaddr()) + ", " + FutexNames.op(a.op());
        String val = ", " + Integer.toUnsignedString(a.val());
        String val2 = ", " + Integer.toUnsignedString(a.val2());
        String uaddr2 = ", " + pointer(a.uaddr2());
        if (op == null) {
            return start + val + ", " + pointer(a.timeout()) + uaddr2 + ", " + hex(a.val3());
        }
        String limit = op.sleeps ? ", " + timespec(a.task(), a.timeout(), format) : "";
        return start
                + switch (op) {
                    case WAKE, FD -> val;
                    case WAKE_BITSET -> val + ", " + bitset(Integer.toUnsignedLong(a.val3()));
                    case WAIT -> val + limit;
                    case WAIT_BITSET -> val + limit + ", " + bitset(Integer.toUnsignedLong(a.val3()));
                    case REQUEUE -> val + val2 + uaddr2;
                    case CMP_REQUEUE, CMP_REQUEUE_PI -> val + val2 + uaddr2 + ", " + Integer.toUnsignedString(a.val3());
                    case WAKE_OP -> val + val2 + uaddr2 + ", " + FutexNames.wakeOp(a.val3());
                    case LOCK_PI, LOCK_PI2 -> limit;
                    case UNLOCK_PI, TRYLOCK_PI -> "";
                    case WAIT_REQUEUE_PI -> val + limit + uaddr2;
                };
    }

    private String timespec(Task task, long pointer, TimeLimit.Format format) {
        GuestMemory guest = guest(task);
        long at = abi.register(pointer);
        String text = at == 0 ? null : read(() -> TimeLimit.describe(guest, at, format));
        return text != null ? text : pointer(pointer);
    }

    private String entries(Task task, long array, int length) {
        GuestMemory guest = guest(task);
        long at = abi.register(array);
        String text = at == 0 || length < 0 || length > 128 ? null : read(() -> WaitvEntry.describe(guest, at, length));
        return text != null ? text : pointer(array);
    }

    private String stored(Task task, long pointer, boolean isPointer, long result) {
        GuestMemory guest = guest(task);
        String text = result != 0
                ? null
                : read(() -> {
                    long value = guest.loadPointer(abi.register(pointer));
                    return "[" + (isPointer ? pointer(value) : value) + "]";
                });
        return text != null ? text : pointer(pointer);
    }

    private GuestMemory guest(Task task) {
        return new GuestMemory(requireNonNull(task, "task").memory(), abi);
    }

    private interface Reading {
        String text();
    }

    private static @Nullable String read(Reading structure) {
        try {
            return structure.text();
        } catch (MemoryFaultException e) {
            return null;
        }
    }

    private String pointer(long address) {
        long seen = abi.register(address);
        return seen == 0 ? "NULL" : "0x" + Long.toHexString(seen);
    }

    private static String hex(int flags) {
        return flags == 0 ? "0" : "0x" + Integer.toHexString(flags);
    }

    private String number(long value) {
        return Long.toUnsignedString(abi.register(value));
    }

    private String bitset(long bits) {
        long seen = abi.register(bits);
        return seen == Integer.toUnsignedLong(WaitOptions.MATCH_ANY)
                ? "FUTEX_BITSET_MATCH_ANY"
                : "0x" + Long.toHexString(seen);
    }

    private static String clock(int id) {
        return switch (id) {
            case TimeLimit.CLOCK_REALTIME -> "CLOCK_REALTIME";
            case TimeLimit.CLOCK_MONOTONIC -> "CLOCK_MONOTONIC";
            default -> "0x" + Integer.toHexString(id) + " /* CLOCK_??? */";
        };
    }

    private static String result(long result) {
        return result >= 0
                ? ") = " + result
                : ") = -1 " + Errno.name((int) result) + " (" + Errno.message((int) result) + ")";
    }
}

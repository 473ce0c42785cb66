package org.jfutex.wasm;

import static java.util.Objects.requireNonNull;

import org.jfutex.Deadline;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.TooManyWaitersException;
import org.jfutex.WaitOptions;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;

/**
 * Wait and notify for one linear memory, with the results and traps of WebAssembly.
 *
 * <p>A runtime makes one for each memory and calls it from the three instructions. Waiters of one address are notified in the order in which they
 * came, a notify that has chosen a waiter is never taken by a later one, and nothing is kept for an address on which nobody waits.
 *
 * <p>All check first that the address is a multiple of the word's size, then that the word lies inside of the memory; a wait then checks that
 * the memory is shared, and looks at the word last.
 *
 * <p>Agents that must not block, as {@code Atomics.waitAsync} and event loops have them, wait by the same rules in the same queues:
 *
 * <pre>{@code
 * atomics.prepareWait32(address, expected).asStage(WasmAtomics.deadline(timeout)).thenApply(WasmAtomics::result)
 * }</pre>
 *
 * <p>Effective addresses are the runtime's: base plus offset, as an unsigned 33-bit (or memory64: 64-bit) sum that has not been wrapped.
 *
 * <p>Source: the threads proposal of WebAssembly, "Wait and notify operators".
 *
 * <p>A guest that waits more often than its table {@linkplain org.jfutex.FutexTableBuilder#waiterLimit allows} does not trap but ends with a {@link TooManyWaitersException}: the core
 * specification lets an implementation end a computation beyond its limits with an error of its own ("Implementation Limitations"), and a guest could not tell a trap
 * from a mistake of its own.
 *
 * <p><b>Memory consistency effects:</b> what an agent did before a notify happens-before what an agent does after a wait which that notify ended.
 */
public final class WasmAtomics {

    /** A wait was notified. */
    public static final int OK = 0;

    /** A wait found another value and did not sleep. */
    public static final int NOT_EQUAL = 1;

    /** A wait was not notified in time. */
    public static final int TIMED_OUT = 2;

    private static final String OUTSIDE = "out of bounds memory access";

    private static final String CLOSED = "the memory was closed under a waiter";

    private static final WaitOptions U64 = WaitOptions.DEFAULT.size(WordSize.U64);

    private final FutexTable table;
    private final FutexMemory memory;
    private final boolean shared;

    /**
     * Serves one memory.
     *
     * @param table where its agents wait; one table may serve many memories
     * @param memory the linear memory; it faults beyond its size
     * @param shared whether the memory was declared shared; on another one a wait traps and a notify finds nobody
     */
    public WasmAtomics(FutexTable table, FutexMemory memory, boolean shared) {
        this.table = requireNonNull(table, "table");
        this.memory = requireNonNull(memory, "memory");
        this.shared = shared;
    }

    /**
     * memory.atomic.wait32.
     *
     * @param address the effective address
     * @param expected the value on which to sleep
     * @param timeout in nanoseconds; a negative one waits for ever
     * @return {@link #OK}, {@link #NOT_EQUAL} or {@link #TIMED_OUT}
     * @throws TrapException if the address is misaligned or out of bounds, or the memory is not shared
     * @throws InterruptedException if the thread was interrupted and no notify came first
     * @throws TooManyWaitersException if a limit of the table is reached
     */
    public int wait32(long address, int expected, long timeout) throws InterruptedException {
        return wait(address, Integer.toUnsignedLong(expected), WaitOptions.DEFAULT, timeout);
    }

    /**
     * memory.atomic.wait64.
     *
     * @param address the effective address
     * @param expected the value on which to sleep
     * @param timeout in nanoseconds; a negative one waits for ever
     * @return {@link #OK}, {@link #NOT_EQUAL} or {@link #TIMED_OUT}
     * @throws TrapException if the address is misaligned or out of bounds, or the memory is not shared
     * @throws InterruptedException if the thread was interrupted and no notify came first
     * @throws TooManyWaitersException if a limit of the table is reached
     * @throws UnsupportedOperationException if the memory has no atomic 64-bit words, see {@link FutexMemory#loadLong}
     */
    public int wait64(long address, long expected, long timeout) throws InterruptedException {
        return wait(address, expected, U64, timeout);
    }

    /**
     * memory.atomic.wait32 for who must not block: queues a waiter, if the word holds the expected value.
     *
     * @param address the effective address
     * @param expected the value on which to wait
     * @return the wait, ended already if the word holds another value; {@link #result} translates how it ended
     * @throws TrapException if the address is misaligned or out of bounds, or the memory is not shared
     * @throws TooManyWaitersException if a limit of the table is reached
     */
    public PreparedWait prepareWait32(long address, int expected) {
        return prepareWait(address, Integer.toUnsignedLong(expected), WaitOptions.DEFAULT);
    }

    /**
     * memory.atomic.wait64 for who must not block: queues a waiter, if the word holds the expected value.
     *
     * @param address the effective address
     * @param expected the value on which to wait
     * @return the wait, ended already if the word holds another value; {@link #result} translates how it ended
     * @throws TrapException if the address is misaligned or out of bounds, or the memory is not shared
     * @throws TooManyWaitersException if a limit of the table is reached
     * @throws UnsupportedOperationException if the memory has no atomic 64-bit words, see {@link FutexMemory#loadLong}
     */
    public PreparedWait prepareWait64(long address, long expected) {
        return prepareWait(address, expected, U64);
    }

    /**
     * When a wait with a timeout gives up.
     *
     * @param timeout in nanoseconds; a negative one waits for ever
     * @return the deadline, a while from the moment at which it is used
     */
    public static Deadline deadline(long timeout) {
        return timeout < 0 ? Deadline.NEVER : Deadline.after(timeout);
    }

    /**
     * What an instruction answers whose wait has ended.
     *
     * @param ended how it ended
     * @return {@link #OK}, {@link #NOT_EQUAL} or {@link #TIMED_OUT}
     * @throws TrapException if the wait was cancelled, as those of a memory that is closed are
     */
    public static int result(WaitResult ended) {
        return switch (requireNonNull(ended, "ended")) {
            case WOKEN -> OK;
            case VALUE_DIFFERS -> NOT_EQUAL;
            case TIMED_OUT -> TIMED_OUT;
            case CANCELLED, UNMAPPED -> throw new TrapException(CLOSED);
        };
    }

    /**
     * memory.atomic.notify.
     *
     * @param address the effective address
     * @param count how many to wake at the most, unsigned: -1 is everybody
     * @return how many were woken
     * @throws TrapException if the address is misaligned or out of bounds
     */
    public int notify(long address, int count) {
        load(address, WordSize.U32);
        try {
            return shared ? table.wake(memory, address, Scope.PRIVATE, count < 0 ? Integer.MAX_VALUE : count) : 0;
        } catch (MemoryFaultException gone) {
            throw new TrapException(OUTSIDE); // closed since the word was read
        }
    }

    private int wait(long address, long expected, WaitOptions options, long timeout) throws InterruptedException {
        if (waited(address, options.size()) != expected) {
            return NOT_EQUAL;
        }
        try {
            return result(table.await(memory, address, Scope.PRIVATE, expected, options, deadline(timeout)));
        } catch (MemoryFaultException gone) {
            throw new TrapException(CLOSED);
        }
    }

    private PreparedWait prepareWait(long address, long expected, WaitOptions options) {
        waited(address, options.size());
        try {
            return table.prepare(memory, address, Scope.PRIVATE, expected, options);
        } catch (MemoryFaultException gone) {
            throw new TrapException(CLOSED);
        }
    }

    /** Reads the word for a wait. */
    private long waited(long address, WordSize size) {
        long held = load(address, size);
        if (!shared) {
            throw new TrapException("expected shared memory");
        }
        return held;
    }

    /** Reads the word, since that is what finds the traps. */
    private long load(long address, WordSize size) {
        if ((address & (size.bytes() - 1)) != 0) {
            throw new TrapException("unaligned atomic");
        }
        try {
            return memory.load(address, size);
        } catch (MemoryFaultException e) {
            throw new TrapException(OUTSIDE);
        }
    }
}

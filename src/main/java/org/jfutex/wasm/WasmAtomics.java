package org.jfutex.wasm;

import static java.util.Objects.requireNonNull;

import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.TooManyWaitersException;
import org.jfutex.WaitOptions;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;
import org.jfutex.time.Deadline;

/**
 * The wait and notify instructions for one linear memory, with the results and traps of WebAssembly.
 *
 * <p>A runtime creates one instance for each memory and calls it from the three instructions. The waiters of an address
 * are notified in the order in which they were queued. A waiter that arrives after a notify cannot take its wake. An
 * address without waiters uses no memory.
 *
 * <p>Every method first checks that the address is a multiple of the word's size, then that the word lies within the
 * memory. A wait then checks that the memory is shared, and compares the word last.
 *
 * <p>Agents that must not block, such as event loops and {@code Atomics.waitAsync}, wait in the same queues by the same
 * rules:
 *
 * <pre>{@code
 * atomics.prepareWait32(address, expected).asStage(WasmAtomics.deadline(timeout)).thenApply(WasmAtomics::result)
 * }</pre>
 *
 * <p>The runtime computes the effective address: base plus offset, without wrapping, as an unsigned 33-bit sum
 * (memory64: 64-bit).
 *
 * <p>Source: the threads proposal of WebAssembly, "Wait and notify operators".
 *
 * <p>A wait beyond the table's {@linkplain org.jfutex.FutexTableBuilder#waiterLimit waiter limit} does not trap. It
 * throws {@link TooManyWaitersException}. The core specification lets an implementation end a computation beyond its
 * limits with an error of its own ("Implementation Limitations"). A trap would look like a fault of the guest.
 *
 * <p><b>Memory consistency effects:</b> actions of an agent before a notify happen-before actions of another agent
 * after a wait that this notify ended.
 */
public final class WasmAtomics {

    /** The result of a wait that was notified. */
    public static final int OK = 0;

    /** The result of a wait that read another value than the expected one and did not sleep. */
    public static final int NOT_EQUAL = 1;

    /** The result of a wait that was not notified before its timeout. */
    public static final int TIMED_OUT = 2;

    private static final String OUTSIDE = "out of bounds memory access";

    private static final String CLOSED = "the memory was closed under a waiter";

    private static final WaitOptions U64 = WaitOptions.DEFAULT.size(WordSize.U64);

    private final FutexTable table;
    private final FutexMemory memory;
    private final boolean shared;

    /**
     * Creates the instructions for one memory.
     *
     * @param table the table in which its agents wait; one table may serve many memories
     * @param memory the linear memory; it faults beyond its size
     * @param shared whether the memory was declared shared; if not, every wait traps and every notify returns 0
     */
    public WasmAtomics(FutexTable table, FutexMemory memory, boolean shared) {
        this.table = requireNonNull(table, "table");
        this.memory = requireNonNull(memory, "memory");
        this.shared = shared;
    }

    /**
     * Executes {@code memory.atomic.wait32}.
     *
     * @param address the effective address
     * @param expected the value that the word must hold, otherwise the wait does not sleep
     * @param timeout the timeout in nanoseconds; if it is negative, the wait has no timeout
     * @return {@link #OK}, {@link #NOT_EQUAL} or {@link #TIMED_OUT}
     * @throws TrapException if the address is misaligned or out of bounds, or the memory is not shared
     * @throws InterruptedException if the thread was interrupted before a notify ended the wait
     * @throws TooManyWaitersException if a limit of the table is reached
     */
    public int wait32(long address, int expected, long timeout) throws InterruptedException {
        return wait(address, Integer.toUnsignedLong(expected), WaitOptions.DEFAULT, timeout);
    }

    /**
     * Executes {@code memory.atomic.wait64}.
     *
     * @param address the effective address
     * @param expected the value that the word must hold, otherwise the wait does not sleep
     * @param timeout the timeout in nanoseconds; if it is negative, the wait has no timeout
     * @return {@link #OK}, {@link #NOT_EQUAL} or {@link #TIMED_OUT}
     * @throws TrapException if the address is misaligned or out of bounds, or the memory is not shared
     * @throws InterruptedException if the thread was interrupted before a notify ended the wait
     * @throws TooManyWaitersException if a limit of the table is reached
     * @throws UnsupportedOperationException if the memory has no atomic 64-bit words, see {@link FutexMemory#loadLong}
     */
    public int wait64(long address, long expected, long timeout) throws InterruptedException {
        return wait(address, expected, U64, timeout);
    }

    /**
     * Starts {@code memory.atomic.wait32} without blocking: queues a waiter if the word holds the expected value.
     *
     * @param address the effective address
     * @param expected the value that the word must hold, otherwise no waiter is queued
     * @return the wait; it has already ended if the word holds another value; {@link #result} translates how it ended
     * @throws TrapException if the address is misaligned or out of bounds, or the memory is not shared
     * @throws TooManyWaitersException if a limit of the table is reached
     */
    public PreparedWait prepareWait32(long address, int expected) {
        return prepareWait(address, Integer.toUnsignedLong(expected), WaitOptions.DEFAULT);
    }

    /**
     * Starts {@code memory.atomic.wait64} without blocking: queues a waiter if the word holds the expected value.
     *
     * @param address the effective address
     * @param expected the value that the word must hold, otherwise no waiter is queued
     * @return the wait; it has already ended if the word holds another value; {@link #result} translates how it ended
     * @throws TrapException if the address is misaligned or out of bounds, or the memory is not shared
     * @throws TooManyWaitersException if a limit of the table is reached
     * @throws UnsupportedOperationException if the memory has no atomic 64-bit words, see {@link FutexMemory#loadLong}
     */
    public PreparedWait prepareWait64(long address, long expected) {
        return prepareWait(address, expected, U64);
    }

    /**
     * Returns the deadline of a wait with a timeout.
     *
     * @param timeout the timeout in nanoseconds; if it is negative, the wait has no timeout
     * @return the deadline; its time runs from the moment at which a wait uses it
     */
    public static Deadline deadline(long timeout) {
        return timeout < 0 ? Deadline.NEVER : Deadline.after(timeout);
    }

    /**
     * Returns the result of a wait instruction whose wait has ended.
     *
     * @param ended how the wait ended
     * @return {@link #OK}, {@link #NOT_EQUAL} or {@link #TIMED_OUT}
     * @throws TrapException if the wait was cancelled or its word was unmapped, as when its memory is closed
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
     * Executes {@code memory.atomic.notify}.
     *
     * @param address the effective address
     * @param count the greatest number of waiters to wake, unsigned; -1 wakes every waiter
     * @return the number of waiters that were woken
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

    /** Reads the word for a wait, after the checks that trap. */
    private long waited(long address, WordSize size) {
        long held = load(address, size);
        if (!shared) {
            throw new TrapException("expected shared memory");
        }
        return held;
    }

    /** Reads the word, after the checks of alignment and bounds that trap. */
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

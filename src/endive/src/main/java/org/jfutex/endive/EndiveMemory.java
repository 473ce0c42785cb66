package org.jfutex.endive;

import static java.util.Objects.requireNonNull;

import java.util.function.Function;
import org.jfutex.FutexTable;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.wasm.WasmAtomics;
import run.endive.runtime.ByteArrayMemory;
import run.endive.runtime.Memory;
import run.endive.runtime.TrapException;
import run.endive.runtime.WasmInterruptedException;
import run.endive.wasm.types.MemoryLimits;

/**
 * A linear memory for Endive whose guests wait in a {@link FutexTable}. Waiters are woken in the order of their
 * arrival, a waiter that arrives after a notify cannot take its wake, and an address without waiters uses no memory.
 *
 * <pre>{@code
 * FutexTable table = new FutexTable();
 * Instance.builder(module).withMemoryFactory(EndiveMemory.factory(table)).build();
 * }</pre>
 *
 * <p>Instances that share a memory get the same object: create it once, and return it from each factory or import it.
 * One table may serve any number of memories. The bytes lie in a memory of Endive.
 *
 * <p>A wait beyond the table's waiter limit throws {@link org.jfutex.TooManyWaitersException}, not a trap. A thread
 * that is interrupted while it waits throws {@link WasmInterruptedException} and stays interrupted.
 *
 * <p><b>Memory consistency effects:</b> the atomic instructions are sequentially consistent among each other. Actions
 * of a thread before a notify happen-before actions of another thread after a wait that this notify ended. Plain loads
 * and stores are those of Endive's memory.
 */
public final class EndiveMemory extends DelegatingMemory implements AutoCloseable {

    private final FutexTable table;
    private final Words words = new Words();
    private final WasmAtomics atomics;
    private volatile boolean closed;

    /**
     * Creates a memory of zeros whose bytes lie in an array on the heap.
     *
     * @param table the table in which its guests wait
     * @param limits the number of pages at first, the greatest number, and whether the memory is shared
     */
    public EndiveMemory(FutexTable table, MemoryLimits limits) {
        this(table, limits, ByteArrayMemory::new);
    }

    /**
     * Creates a memory of zeros over another memory of Endive.
     *
     * @param table the table in which its guests wait
     * @param limits the number of pages at first, the greatest number, and whether the memory is shared
     * @param bytes creates the memory that holds the bytes, for example {@code ByteBufferMemory::new}; only this object
     *     may use it
     */
    public EndiveMemory(FutexTable table, MemoryLimits limits, Function<? super MemoryLimits, ? extends Memory> bytes) {
        super(requireNonNull(bytes.apply(requireNonNull(limits, "limits")), "bytes"));
        this.table = requireNonNull(table, "table");
        atomics = new WasmAtomics(table, words, limits.shared());
    }

    /**
     * Returns a factory for {@code Instance.Builder.withMemoryFactory}. It creates a new memory for each instance.
     *
     * @param table the table in which the guests wait
     * @return the factory
     */
    public static Function<MemoryLimits, Memory> factory(FutexTable table) {
        requireNonNull(table, "table");
        return limits -> new EndiveMemory(table, limits);
    }

    /**
     * Executes {@code memory.atomic.wait32}.
     *
     * @param address the effective address
     * @param expected the value that the word must hold, otherwise the wait does not sleep
     * @param timeout the timeout in nanoseconds; if it is negative, the wait has no timeout
     * @return 0 if a notify ended the wait, 1 if the word holds another value, 2 if the timeout passed
     * @throws TrapException if the address is misaligned or out of bounds, or the memory is not shared or is closed
     * @throws WasmInterruptedException if the thread was interrupted before a notify ended the wait
     */
    @Override
    public int atomicWait(int address, int expected, long timeout) {
        return trapping(() -> atomics.wait32(Integer.toUnsignedLong(address), expected, timeout));
    }

    /**
     * Executes {@code memory.atomic.wait64}.
     *
     * @param address the effective address
     * @param expected the value that the word must hold, otherwise the wait does not sleep
     * @param timeout the timeout in nanoseconds; if it is negative, the wait has no timeout
     * @return 0 if a notify ended the wait, 1 if the word holds another value, 2 if the timeout passed
     * @throws TrapException if the address is misaligned or out of bounds, or the memory is not shared or is closed
     * @throws WasmInterruptedException if the thread was interrupted before a notify ended the wait
     */
    @Override
    public int atomicWait(int address, long expected, long timeout) {
        return trapping(() -> atomics.wait64(Integer.toUnsignedLong(address), expected, timeout));
    }

    /**
     * Executes {@code memory.atomic.notify}.
     *
     * @param address the effective address
     * @param count the greatest number of waiters to wake, unsigned; -1 wakes every waiter
     * @return the number of waiters that were woken
     * @throws TrapException if the address is misaligned or out of bounds, or the memory is closed
     */
    @Override
    public int atomicNotify(int address, int count) {
        return trapping(() -> atomics.notify(Integer.toUnsignedLong(address), count));
    }

    /**
     * Ends all waits at this memory. Each of them traps, and so does each later wait and notify. Loads and stores still
     * work. A host closes the memory when it ends a guest whose threads may sleep.
     */
    @Override
    public void close() {
        closed = true; // first: a wait that is queued after the cancel has seen it
        table.cancel(words);
    }

    private interface Instruction {
        int run() throws InterruptedException;
    }

    private static int trapping(Instruction instruction) {
        try {
            return instruction.run();
        } catch (org.jfutex.wasm.TrapException e) {
            throw new TrapException(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WasmInterruptedException(e);
        }
    }

    /** The view of this memory for the table. */
    private final class Words implements FutexMemory {

        @Override
        public int load(long address) {
            return atomicReadInt(check(address, 4));
        }

        @Override
        public long loadLong(long address) {
            return atomicReadLong(check(address, 8));
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            return atomicCmpxchgInt(check(address, 4), expected, desired);
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            return new AnonymousKey(this, check(address, 1));
        }

        /** Returns the address for Endive, in which addresses beyond 2 GiB are negative. */
        private int check(long address, int bytes) {
            if (closed || address < 0 || address > (long) pages() * PAGE_SIZE - bytes) {
                throw new MemoryFaultException(address, Access.READ);
            }
            return (int) address;
        }
    }
}

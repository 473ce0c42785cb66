package org.jfutex.wasm;

import org.jfutex.FutexTable;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import run.endive.runtime.TrapException;
import run.endive.runtime.WasmInterruptedException;
import run.endive.wasm.types.MemoryLimits;

/** A memory for Endive whose guests wait in a {@link FutexTable}: a complete adapter for a runtime. */
final class EndiveMemory extends EndiveBytes {

    private final WasmAtomics atomics;

    EndiveMemory(FutexTable table, MemoryLimits limits) {
        super(limits);
        atomics = new WasmAtomics(table, new Words(), limits.shared());
    }

    @Override
    public int atomicWait(int address, int expected, long timeout) {
        return trapping(() -> atomics.wait32(address, expected, timeout));
    }

    @Override
    public int atomicWait(int address, long expected, long timeout) {
        return trapping(() -> atomics.wait64(address, expected, timeout));
    }

    @Override
    public int atomicNotify(int address, int count) {
        return trapping(() -> atomics.notify(address, count));
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
            return atomicReadInt(inside(address, 4));
        }

        @Override
        public long loadLong(long address) {
            return atomicReadLong(inside(address, 8));
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            return atomicCmpxchgInt(inside(address, 4), expected, desired);
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            return new AnonymousKey(this, inside(address, 1));
        }

        private int inside(long address, int bytes) {
            if (address < 0 || address > (long) pages() * PAGE_SIZE - bytes) {
                throw new MemoryFaultException(address, Access.READ);
            }
            return (int) address;
        }
    }
}

package org.jfutex.emulator.riscv;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jfutex.key.WordSize;
import org.jfutex.memory.AddressSpace;

/**
 * The decoded blocks of one address space. A block is a sequence of instructions of which only the last can jump.
 *
 * <p>Guest code may change only as RISC-V demands it: by FENCE.I, or by a system call that changes mappings. Both must
 * call {@link #clear}.
 */
public final class CodeCache {

    /** A decoded sequence, valid while its cache's epoch does not change. */
    static final class Block {
        final long pc;
        final Instruction[] code;

        Block(long pc, Instruction[] code) {
            this.pc = pc;
            this.code = code;
        }
    }

    private static final int LONGEST = 64;

    private final AddressSpace space;
    private final ConcurrentHashMap<Long, Block> blocks = new ConcurrentHashMap<>();

    /** Incremented by each {@link #clear}. Interpreters compare it before they use a block that they remember. */
    volatile int epoch;

    /**
     * Creates an empty cache.
     *
     * @param space the memory that the code is in
     */
    public CodeCache(AddressSpace space) {
        this.space = space;
    }

    /** Forgets all blocks. */
    public synchronized void clear() {
        epoch++;
        blocks.clear();
    }

    /**
     * Forgets all blocks if a range contains code.
     *
     * @param start the first address of the range
     * @param length the length of the range in bytes
     */
    public void clearIfIn(long start, long length) {
        for (long pc : blocks.keySet()) {
            if (pc - start + 4L * LONGEST >= 0 && pc - start < length) {
                clear();
                return;
            }
        }
    }

    /** Returns the block at an address; decodes it if necessary. */
    Block find(long pc) {
        Block known = blocks.get(pc);
        if (known == null) {
            int before = epoch;
            known = decode(pc);
            synchronized (this) {
                if (epoch == before) { // otherwise the block may be outdated, and is used once
                    blocks.put(pc, known);
                }
            }
        }
        return known;
    }

    private Block decode(long start) {
        List<Instruction> code = new ArrayList<>();
        long pc = start;
        Instruction last;
        do {
            last = Decoder.decode(pc, fetch(pc, code.isEmpty()));
            code.add(last);
            pc = last.next;
        } while (!last.op.endsBlock() && code.size() < LONGEST);
        if (!last.op.endsBlock()) {
            code.add(new Instruction(Op.JAL, 0, 0, 0, pc, pc, pc));
        }
        return new Block(start, code.toArray(new Instruction[0]));
    }

    private int fetch(long pc, boolean first) {
        try {
            int low = (int) space.load(pc, WordSize.U16);
            return Decoder.isCompressed(low) ? low : low | (int) space.load(pc + 2, WordSize.U16) << 16;
        } catch (RuntimeException e) {
            if (first) {
                throw e;
            }
            return 0; // an illegal instruction, which the guest meets only if it gets there
        }
    }
}

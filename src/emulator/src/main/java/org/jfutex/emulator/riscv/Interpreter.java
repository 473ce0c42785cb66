package org.jfutex.emulator.riscv;

import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jfutex.emulator.riscv.CodeCache.Block;
import org.jfutex.key.WordSize;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.MemoryCursor;
import org.jspecify.annotations.Nullable;

/** Executes the code of one hart until something happens that is not the instruction set's. */
public final class Interpreter implements AutoCloseable {

    /** The reason why {@link #run} returned. */
    public enum Trap {
        /** ECALL: the program counter is behind it. */
        SYSTEM_CALL,
        /** EBREAK: the program counter is at it. */
        BREAKPOINT,
        /** No instruction of RV64GC: the program counter is at it. */
        ILLEGAL,
        /** {@link Hart#attention} is set. */
        ATTENTION,
        /** Other threads should have a turn: many blocks have run since the last time. */
        TURN
    }

    private static final int REMEMBERED = 1024; // a power of 2

    private static final int BLOCKS_OF_A_TURN = 100_000; // a few milliseconds

    private final Hart hart;
    private final MemoryCursor cursor;
    private final CodeCache cache;
    private final @Nullable Block[] remembered = new Block[REMEMBERED];
    private int epoch;
    private int blocksLeft = BLOCKS_OF_A_TURN;

    /**
     * Creates an interpreter.
     *
     * @param hart the registers
     * @param space the memory
     * @param cache the decoded code of that memory
     */
    public Interpreter(Hart hart, AddressSpace space, CodeCache cache) {
        this.hart = hart;
        this.cursor = space.cursor();
        this.cache = cache;
        this.epoch = cache.epoch;
    }

    /**
     * Executes instructions.
     *
     * @return why it stopped
     * @throws org.jfutex.key.MemoryFaultException if an instruction cannot access memory; {@link Hart#pc} is its
     *     address, and it has changed nothing
     */
    public Trap run() {
        cursor.begin();
        try {
            for (; ; ) {
                if (hart.attention) {
                    return Trap.ATTENTION;
                }
                if (--blocksLeft <= 0) {
                    blocksLeft = BLOCKS_OF_A_TURN;
                    return Trap.TURN;
                }
                cursor.poll(); // a loop of the guest may access no memory
                Trap trap = execute(block(hart.pc));
                if (trap != null) {
                    return trap;
                }
            }
        } finally {
            cursor.end();
        }
    }

    /** Gives up the pages of the guest's memory. The interpreter must not be used afterwards. */
    @Override
    public void close() {
        cursor.close();
    }

    private Block block(long pc) {
        if (epoch != cache.epoch) {
            epoch = cache.epoch;
            Arrays.fill(remembered, null);
        }
        int slot = (int) (pc >>> 1) & (REMEMBERED - 1);
        Block known = remembered[slot];
        if (known == null || known.pc != pc) {
            known = find(pc);
            remembered[slot] = known;
        }
        return known;
    }

    /** Finds a block outside the session, since decoding it can wait for a page. */
    private Block find(long pc) {
        cursor.end();
        try {
            return cache.find(pc);
        } finally {
            cursor.begin();
        }
    }

    private @Nullable Trap execute(Block block) {
        long[] x = hart.x;
        for (Instruction i : block.code) {
            hart.pc = i.pc;
            switch (i.op) {
                case SET -> x[i.rd] = i.imm;
                case JAL -> {
                    x[i.rd] = i.next;
                    hart.pc = i.imm;
                }
                case JALR -> {
                    long target = x[i.rs1] + i.imm & ~1;
                    x[i.rd] = i.next;
                    hart.pc = target;
                }
                case BEQ -> hart.pc = x[i.rs1] == x[i.rs2] ? i.imm : i.next;
                case BNE -> hart.pc = x[i.rs1] != x[i.rs2] ? i.imm : i.next;
                case BLT -> hart.pc = x[i.rs1] < x[i.rs2] ? i.imm : i.next;
                case BGE -> hart.pc = x[i.rs1] >= x[i.rs2] ? i.imm : i.next;
                case BLTU -> hart.pc = Long.compareUnsigned(x[i.rs1], x[i.rs2]) < 0 ? i.imm : i.next;
                case BGEU -> hart.pc = Long.compareUnsigned(x[i.rs1], x[i.rs2]) >= 0 ? i.imm : i.next;
                case LB -> x[i.rd] = (byte) load(x[i.rs1] + i.imm, WordSize.U8);
                case LH -> x[i.rd] = (short) load(x[i.rs1] + i.imm, WordSize.U16);
                case LW -> x[i.rd] = (int) load(x[i.rs1] + i.imm, WordSize.U32);
                case LD -> x[i.rd] = load(x[i.rs1] + i.imm, WordSize.U64);
                case LBU -> x[i.rd] = load(x[i.rs1] + i.imm, WordSize.U8);
                case LHU -> x[i.rd] = load(x[i.rs1] + i.imm, WordSize.U16);
                case LWU -> x[i.rd] = load(x[i.rs1] + i.imm, WordSize.U32);
                case SB -> store(x[i.rs1] + i.imm, WordSize.U8, x[i.rs2]);
                case SH -> store(x[i.rs1] + i.imm, WordSize.U16, x[i.rs2]);
                case SW -> store(x[i.rs1] + i.imm, WordSize.U32, x[i.rs2]);
                case SD -> store(x[i.rs1] + i.imm, WordSize.U64, x[i.rs2]);
                case ADDI -> x[i.rd] = x[i.rs1] + i.imm;
                case SLTI -> x[i.rd] = x[i.rs1] < i.imm ? 1 : 0;
                case SLTIU -> x[i.rd] = Long.compareUnsigned(x[i.rs1], i.imm) < 0 ? 1 : 0;
                case XORI -> x[i.rd] = x[i.rs1] ^ i.imm;
                case ORI -> x[i.rd] = x[i.rs1] | i.imm;
                case ANDI -> x[i.rd] = x[i.rs1] & i.imm;
                case SLLI -> x[i.rd] = x[i.rs1] << i.imm;
                case SRLI -> x[i.rd] = x[i.rs1] >>> i.imm;
                case SRAI -> x[i.rd] = x[i.rs1] >> i.imm;
                case ADDIW -> x[i.rd] = (int) (x[i.rs1] + i.imm);
                case SLLIW -> x[i.rd] = (int) x[i.rs1] << i.imm;
                case SRLIW -> x[i.rd] = (int) x[i.rs1] >>> i.imm;
                case SRAIW -> x[i.rd] = (int) x[i.rs1] >> i.imm;
                case ADD -> x[i.rd] = x[i.rs1] + x[i.rs2];
                case SUB -> x[i.rd] = x[i.rs1] - x[i.rs2];
                case SLL -> x[i.rd] = x[i.rs1] << x[i.rs2];
                case SLT -> x[i.rd] = x[i.rs1] < x[i.rs2] ? 1 : 0;
                case SLTU -> x[i.rd] = Long.compareUnsigned(x[i.rs1], x[i.rs2]) < 0 ? 1 : 0;
                case XOR -> x[i.rd] = x[i.rs1] ^ x[i.rs2];
                case SRL -> x[i.rd] = x[i.rs1] >>> x[i.rs2];
                case SRA -> x[i.rd] = x[i.rs1] >> x[i.rs2];
                case OR -> x[i.rd] = x[i.rs1] | x[i.rs2];
                case AND -> x[i.rd] = x[i.rs1] & x[i.rs2];
                case ADDW -> x[i.rd] = (int) (x[i.rs1] + x[i.rs2]);
                case SUBW -> x[i.rd] = (int) (x[i.rs1] - x[i.rs2]);
                case SLLW -> x[i.rd] = (int) x[i.rs1] << (int) x[i.rs2];
                case SRLW -> x[i.rd] = (int) x[i.rs1] >>> (int) x[i.rs2];
                case SRAW -> x[i.rd] = (int) x[i.rs1] >> (int) x[i.rs2];
                case MUL -> x[i.rd] = x[i.rs1] * x[i.rs2];
                case ATOMIC -> x[i.rd] = Atomics.execute(hart, cursor, i);
                case ECALL -> {
                    hart.pc = i.next;
                    return Trap.SYSTEM_CALL;
                }
                case FENCE -> VarHandle.fullFence(); // loads and stores are opaque accesses
                default -> {
                    Trap trap = rare(i);
                    if (trap != null) {
                        return trap;
                    }
                }
            }
        }
        return null;
    }

    private @Nullable Trap rare(Instruction i) {
        long[] x = hart.x;
        long[] f = hart.f;
        switch (i.op) {
            case FLW -> f[fd(i)] = Floats.box((int) load(x[i.rs1] + i.imm, WordSize.U32));
            case FLD -> f[fd(i)] = load(x[i.rs1] + i.imm, WordSize.U64);
            case FSW -> store(x[i.rs1] + i.imm, WordSize.U32, f[i.rs2]);
            case FSD -> store(x[i.rs1] + i.imm, WordSize.U64, f[i.rs2]);
            case FLOAT -> {
                if (!Floats.execute(hart, (int) i.imm)) {
                    return Trap.ILLEGAL;
                }
            }
            case CSR -> {
                if (!Csrs.execute(hart, (int) i.imm)) {
                    return Trap.ILLEGAL;
                }
            }
            case FENCE_I -> {
                cache.clear();
                hart.pc = i.next;
            }
            case EBREAK -> {
                return Trap.BREAKPOINT;
            }
            case ILLEGAL -> {
                return Trap.ILLEGAL;
            }
            default -> x[i.rd] = multiplyOrDivide(i.op, x[i.rs1], x[i.rs2]);
        }
        return null;
    }

    private static int fd(Instruction i) {
        return i.rd == Hart.NOWHERE ? 0 : i.rd; // register 0 of floating point is an ordinary one
    }

    private static long multiplyOrDivide(Op op, long a, long b) {
        return switch (op) {
            case MULH -> Math.multiplyHigh(a, b);
            case MULHU -> Math.multiplyHigh(a, b) + (a >> 63 & b) + (b >> 63 & a);
            case MULHSU -> Math.multiplyHigh(a, b) + (b >> 63 & a);
            case DIV -> b == 0 ? -1 : a / b;
            case DIVU -> b == 0 ? -1 : Long.divideUnsigned(a, b);
            case REM -> b == 0 ? a : a % b;
            case REMU -> b == 0 ? a : Long.remainderUnsigned(a, b);
            case MULW -> (int) (a * b);
            case DIVW -> (int) b == 0 ? -1 : (int) a / (int) b;
            case DIVUW -> (int) b == 0 ? -1 : Integer.divideUnsigned((int) a, (int) b);
            case REMW -> (int) b == 0 ? (int) a : (int) a % (int) b;
            case REMUW -> (int) b == 0 ? (int) a : Integer.remainderUnsigned((int) a, (int) b);
            default -> throw new AssertionError(op);
        };
    }

    private long load(long address, WordSize size) {
        return Ram.load(cursor, address, size);
    }

    private void store(long address, WordSize size, long value) {
        Ram.store(cursor, address, size, value);
    }
}

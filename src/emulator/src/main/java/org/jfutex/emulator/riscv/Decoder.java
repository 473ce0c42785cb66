package org.jfutex.emulator.riscv;

import org.jspecify.annotations.Nullable;

/** Decodes one instruction. A compressed one is expanded to its 32-bit form first. */
final class Decoder {

    private static final @Nullable Op[] BRANCHES = {Op.BEQ, Op.BNE, null, null, Op.BLT, Op.BGE, Op.BLTU, Op.BGEU};
    private static final @Nullable Op[] LOADS = {Op.LB, Op.LH, Op.LW, Op.LD, Op.LBU, Op.LHU, Op.LWU, null};
    private static final @Nullable Op[] STORES = {Op.SB, Op.SH, Op.SW, Op.SD, null, null, null, null};
    private static final @Nullable Op[] REG = {Op.ADD, Op.SLL, Op.SLT, Op.SLTU, Op.XOR, Op.SRL, Op.OR, Op.AND};
    private static final @Nullable Op[] REG_W = {Op.ADDW, Op.SLLW, null, null, null, Op.SRLW, null, null};
    private static final @Nullable Op[] MUL = {Op.MUL, Op.MULH, Op.MULHSU, Op.MULHU, Op.DIV, Op.DIVU, Op.REM, Op.REMU};
    private static final @Nullable Op[] MUL_W = {Op.MULW, null, null, null, Op.DIVW, Op.DIVUW, Op.REMW, Op.REMUW};

    private Decoder() {}

    static boolean isCompressed(int word) {
        return (word & 3) != 3;
    }

    /** Decodes a word; of a compressed instruction, the low 16 bits. */
    static Instruction decode(long pc, int word) {
        boolean compressed = isCompressed(word);
        int w = compressed ? Compressed.expand(word & 0xffff) : word;
        long next = pc + (compressed ? 2 : 4);
        int funct3 = w >>> 12 & 7;
        return switch (w & 0x7f) {
            case 0x37 -> of(Op.SET, w, w & 0xfffff000, pc, next);
            case 0x17 -> of(Op.SET, w, pc + (w & 0xfffff000), pc, next);
            case 0x6f -> of(Op.JAL, w, pc + immJ(w), pc, next);
            case 0x67 -> of(funct3 == 0 ? Op.JALR : null, w, w >> 20, pc, next);
            case 0x63 -> of(BRANCHES[funct3], w, pc + immB(w), pc, next);
            case 0x03 -> of(LOADS[funct3], w, w >> 20, pc, next);
            case 0x23 -> of(STORES[funct3], w, immS(w), pc, next);
            case 0x07 -> of(funct3 == 2 ? Op.FLW : funct3 == 3 ? Op.FLD : null, w, w >> 20, pc, next);
            case 0x27 -> of(funct3 == 2 ? Op.FSW : funct3 == 3 ? Op.FSD : null, w, immS(w), pc, next);
            case 0x13 -> immediate(w, funct3, pc, next);
            case 0x1b -> immediateWord(w, funct3, pc, next);
            case 0x33 -> of(register(w, funct3, REG, MUL, Op.SUB, Op.SRA), w, 0, pc, next);
            case 0x3b -> of(register(w, funct3, REG_W, MUL_W, Op.SUBW, Op.SRAW), w, 0, pc, next);
            case 0x0f -> of(funct3 == 0 ? Op.FENCE : funct3 == 1 ? Op.FENCE_I : null, w, 0, pc, next);
            case 0x73 -> of(system(w, funct3), w, w, pc, next);
            case 0x2f -> of(funct3 == 2 || funct3 == 3 ? Op.ATOMIC : null, w, w, pc, next);
            case 0x43, 0x47, 0x4b, 0x4f, 0x53 -> of(Op.FLOAT, w, w, pc, next);
            default -> of(null, w, w, pc, next);
        };
    }

    private static Instruction of(@Nullable Op op, int w, long imm, long pc, long next) {
        Op known = op == null ? Op.ILLEGAL : op;
        return new Instruction(known, w >>> 7 & 31, w >>> 15 & 31, w >>> 20 & 31, imm, pc, next);
    }

    private static Instruction immediate(int w, int funct3, long pc, long next) {
        int shift = w >>> 20 & 63;
        int top = w >>> 26;
        return switch (funct3) {
            case 0 -> of(Op.ADDI, w, w >> 20, pc, next);
            case 1 -> of(top == 0 ? Op.SLLI : null, w, shift, pc, next);
            case 2 -> of(Op.SLTI, w, w >> 20, pc, next);
            case 3 -> of(Op.SLTIU, w, w >> 20, pc, next);
            case 4 -> of(Op.XORI, w, w >> 20, pc, next);
            case 5 -> of(top == 0 ? Op.SRLI : top == 0x10 ? Op.SRAI : null, w, shift, pc, next);
            case 6 -> of(Op.ORI, w, w >> 20, pc, next);
            default -> of(Op.ANDI, w, w >> 20, pc, next);
        };
    }

    private static Instruction immediateWord(int w, int funct3, long pc, long next) {
        int shift = w >>> 20 & 31;
        int top = w >>> 25;
        return switch (funct3) {
            case 0 -> of(Op.ADDIW, w, w >> 20, pc, next);
            case 1 -> of(top == 0 ? Op.SLLIW : null, w, shift, pc, next);
            case 5 -> of(top == 0 ? Op.SRLIW : top == 0x20 ? Op.SRAIW : null, w, shift, pc, next);
            default -> of(null, w, w, pc, next);
        };
    }

    private static @Nullable Op register(
            int w, int funct3, @Nullable Op[] plain, @Nullable Op[] multiply, Op subtract, Op shiftArithmetic) {
        return switch (w >>> 25) {
            case 0 -> plain[funct3];
            case 1 -> multiply[funct3];
            case 0x20 -> funct3 == 0 ? subtract : funct3 == 5 ? shiftArithmetic : null;
            default -> null;
        };
    }

    private static @Nullable Op system(int w, int funct3) {
        if (funct3 == 0) {
            return w == 0x73 ? Op.ECALL : w == 0x100073 ? Op.EBREAK : null;
        }
        return funct3 == 4 ? null : Op.CSR;
    }

    private static int immS(int w) {
        return w >> 25 << 5 | w >>> 7 & 31;
    }

    private static int immB(int w) {
        return w >> 31 << 12 | (w >>> 7 & 1) << 11 | (w >>> 25 & 63) << 5 | (w >>> 8 & 15) << 1;
    }

    private static int immJ(int w) {
        return w >> 31 << 20 | w & 0xff000 | (w >>> 20 & 1) << 11 | (w >>> 21 & 0x3ff) << 1;
    }
}

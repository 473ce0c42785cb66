package org.jfutex.emulator.riscv;

/** Expands a compressed 16-bit instruction of RV64C to the 32-bit instruction that does the same. */
final class Compressed {

    private static final int LOAD = 0x03;
    private static final int LOAD_FP = 0x07;
    private static final int STORE = 0x23;
    private static final int STORE_FP = 0x27;
    private static final int OP_IMM = 0x13;
    private static final int OP_IMM_W = 0x1b;
    private static final int OP = 0x33;
    private static final int OP_W = 0x3b;
    private static final int ILLEGAL = 0;

    private Compressed() {}

    /** Returns the expansion, or 0, which is no instruction. */
    static int expand(int c) {
        return switch (c & 3) {
            case 0 -> quadrant0(c);
            case 1 -> quadrant1(c);
            default -> quadrant2(c);
        };
    }

    private static int quadrant0(int c) {
        int low = 8 + bits(c, 2, 3); // rd' or rs2'
        int high = 8 + bits(c, 7, 3); // rs1'
        int word = bits(c, 10, 3) << 3 | bits(c, 6, 1) << 2 | bits(c, 5, 1) << 6;
        int two = bits(c, 10, 3) << 3 | bits(c, 5, 2) << 6;
        int frame = bits(c, 11, 2) << 4 | bits(c, 7, 4) << 6 | bits(c, 6, 1) << 2 | bits(c, 5, 1) << 3;
        return switch (c >>> 13) {
            case 0 -> frame == 0 ? ILLEGAL : i(OP_IMM, 0, low, Hart.SP, frame);
            case 1 -> i(LOAD_FP, 3, low, high, two);
            case 2 -> i(LOAD, 2, low, high, word);
            case 3 -> i(LOAD, 3, low, high, two);
            case 5 -> s(STORE_FP, 3, high, low, two);
            case 6 -> s(STORE, 2, high, low, word);
            case 7 -> s(STORE, 3, high, low, two);
            default -> ILLEGAL;
        };
    }

    private static int quadrant1(int c) {
        int rd = bits(c, 7, 5);
        int high = 8 + bits(c, 7, 3);
        int imm = signed(bits(c, 12, 1) << 5 | bits(c, 2, 5), 6);
        int branch = signed(
                bits(c, 12, 1) << 8
                        | bits(c, 10, 2) << 3
                        | bits(c, 5, 2) << 6
                        | bits(c, 3, 2) << 1
                        | bits(c, 2, 1) << 5,
                9);
        return switch (c >>> 13) {
            case 0 -> i(OP_IMM, 0, rd, rd, imm);
            case 1 -> rd == 0 ? ILLEGAL : i(OP_IMM_W, 0, rd, rd, imm);
            case 2 -> i(OP_IMM, 0, rd, 0, imm);
            case 3 -> rd == Hart.SP ? adjustStack(c) : imm == 0 ? ILLEGAL : imm << 12 | rd << 7 | 0x37;
            case 4 -> arithmetic(c, high, imm);
            case 5 -> jump(c);
            case 6 -> b(0, high, branch);
            default -> b(1, high, branch);
        };
    }

    private static int adjustStack(int c) {
        int imm = signed(
                bits(c, 12, 1) << 9 | bits(c, 6, 1) << 4 | bits(c, 5, 1) << 6 | bits(c, 3, 2) << 7 | bits(c, 2, 1) << 5,
                10);
        return imm == 0 ? ILLEGAL : i(OP_IMM, 0, Hart.SP, Hart.SP, imm);
    }

    private static int arithmetic(int c, int rd, int imm) {
        int rs2 = 8 + bits(c, 2, 3);
        return switch (bits(c, 10, 2)) {
            case 0 -> i(OP_IMM, 5, rd, rd, imm & 63);
            case 1 -> i(OP_IMM, 5, rd, rd, imm & 63 | 0x400);
            case 2 -> i(OP_IMM, 7, rd, rd, imm);
            default ->
                switch (bits(c, 12, 1) << 2 | bits(c, 5, 2)) {
                    case 0 -> r(OP, 0, 0x20, rd, rd, rs2);
                    case 1 -> r(OP, 4, 0, rd, rd, rs2);
                    case 2 -> r(OP, 6, 0, rd, rd, rs2);
                    case 3 -> r(OP, 7, 0, rd, rd, rs2);
                    case 4 -> r(OP_W, 0, 0x20, rd, rd, rs2);
                    case 5 -> r(OP_W, 0, 0, rd, rd, rs2);
                    default -> ILLEGAL;
                };
        };
    }

    private static int jump(int c) {
        int imm = signed(
                bits(c, 12, 1) << 11
                        | bits(c, 11, 1) << 4
                        | bits(c, 9, 2) << 8
                        | bits(c, 8, 1) << 10
                        | bits(c, 7, 1) << 6
                        | bits(c, 6, 1) << 7
                        | bits(c, 3, 3) << 1
                        | bits(c, 2, 1) << 5,
                12);
        return (imm >> 20 & 1) << 31 | (imm >> 1 & 0x3ff) << 21 | (imm >> 11 & 1) << 20 | imm & 0xff000 | 0x6f;
    }

    private static int quadrant2(int c) {
        int rd = bits(c, 7, 5);
        int rs2 = bits(c, 2, 5);
        int word = bits(c, 12, 1) << 5 | bits(c, 4, 3) << 2 | bits(c, 2, 2) << 6;
        int two = bits(c, 12, 1) << 5 | bits(c, 5, 2) << 3 | bits(c, 2, 3) << 6;
        int storeWord = bits(c, 9, 4) << 2 | bits(c, 7, 2) << 6;
        int storeTwo = bits(c, 10, 3) << 3 | bits(c, 7, 3) << 6;
        return switch (c >>> 13) {
            case 0 -> i(OP_IMM, 1, rd, rd, bits(c, 12, 1) << 5 | rs2);
            case 1 -> i(LOAD_FP, 3, rd, Hart.SP, two);
            case 2 -> rd == 0 ? ILLEGAL : i(LOAD, 2, rd, Hart.SP, word);
            case 3 -> rd == 0 ? ILLEGAL : i(LOAD, 3, rd, Hart.SP, two);
            case 4 -> moves(c, rd, rs2);
            case 5 -> s(STORE_FP, 3, Hart.SP, rs2, storeTwo);
            case 6 -> s(STORE, 2, Hart.SP, rs2, storeWord);
            default -> s(STORE, 3, Hart.SP, rs2, storeTwo);
        };
    }

    private static int moves(int c, int rd, int rs2) {
        boolean adds = bits(c, 12, 1) == 1;
        if (rs2 != 0) {
            return r(OP, 0, 0, rd, adds ? rd : 0, rs2);
        }
        if (rd == 0) {
            return adds ? 0x100073 : ILLEGAL; // EBREAK
        }
        return i(0x67, 0, adds ? Hart.RA : 0, rd, 0); // JALR
    }

    private static int bits(int c, int from, int count) {
        return c >>> from & ((1 << count) - 1);
    }

    private static int signed(int value, int bits) {
        return value << (32 - bits) >> (32 - bits);
    }

    private static int i(int opcode, int funct3, int rd, int rs1, int imm) {
        return imm << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
    }

    private static int s(int opcode, int funct3, int rs1, int rs2, int imm) {
        return imm >> 5 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (imm & 31) << 7 | opcode;
    }

    private static int r(int opcode, int funct3, int funct7, int rd, int rs1, int rs2) {
        return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
    }

    private static int b(int funct3, int rs1, int imm) {
        return (imm >> 12 & 1) << 31
                | (imm >> 5 & 63) << 25
                | rs1 << 15
                | funct3 << 12
                | (imm >> 1 & 15) << 8
                | (imm >> 11 & 1) << 7
                | 0x63;
    }
}

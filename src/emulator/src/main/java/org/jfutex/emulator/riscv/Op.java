package org.jfutex.emulator.riscv;

/** The operations that the interpreter distinguishes. Rare families are one operation and are decoded as they run. */
enum Op {
    /** rd = imm: LUI, and AUIPC, whose result is known when it is decoded. */
    SET,
    JAL,
    JALR,
    BEQ,
    BNE,
    BLT,
    BGE,
    BLTU,
    BGEU,
    LB,
    LH,
    LW,
    LD,
    LBU,
    LHU,
    LWU,
    SB,
    SH,
    SW,
    SD,
    ADDI,
    SLTI,
    SLTIU,
    XORI,
    ORI,
    ANDI,
    SLLI,
    SRLI,
    SRAI,
    ADDIW,
    SLLIW,
    SRLIW,
    SRAIW,
    ADD,
    SUB,
    SLL,
    SLT,
    SLTU,
    XOR,
    SRL,
    SRA,
    OR,
    AND,
    ADDW,
    SUBW,
    SLLW,
    SRLW,
    SRAW,
    MUL,
    MULH,
    MULHSU,
    MULHU,
    DIV,
    DIVU,
    REM,
    REMU,
    MULW,
    DIVW,
    DIVUW,
    REMW,
    REMUW,
    FLW,
    FLD,
    FSW,
    FSD,
    FENCE,
    FENCE_I,
    ECALL,
    EBREAK,
    /** CSRRW and its five variants; imm is the instruction word. */
    CSR,
    /** LR, SC and the atomic updates; imm is the instruction word. */
    ATOMIC,
    /** Arithmetic and conversions of floating point; imm is the instruction word. */
    FLOAT,
    /** No instruction of RV64GC. */
    ILLEGAL;

    /** Returns whether the block of an instruction ends behind it. */
    boolean endsBlock() {
        return switch (this) {
            case JAL, JALR, BEQ, BNE, BLT, BGE, BLTU, BGEU, ECALL, EBREAK, FENCE_I, ILLEGAL -> true;
            default -> false;
        };
    }
}

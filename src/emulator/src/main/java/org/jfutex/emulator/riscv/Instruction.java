package org.jfutex.emulator.riscv;

/** A decoded instruction at its address, so that targets of jumps and results of AUIPC are constants. */
final class Instruction {

    final Op op;
    final int rd;
    final int rs1;
    final int rs2;

    /** The immediate operand; the target of a direct jump; the instruction word of a family. */
    final long imm;

    final long pc;

    /** The address of the following instruction. */
    final long next;

    Instruction(Op op, int rd, int rs1, int rs2, long imm, long pc, long next) {
        this.op = op;
        this.rd = rd == 0 ? Hart.NOWHERE : rd;
        this.rs1 = rs1;
        this.rs2 = rs2;
        this.imm = imm;
        this.pc = pc;
        this.next = next;
    }
}

/**
 * The instruction set RV64GC: registers, decoder, interpreter.
 *
 * <p>Files in reading order: {@link org.jfutex.emulator.riscv.Hart} has the registers, {@link
 * org.jfutex.emulator.riscv.Ram} loads and stores, {@link org.jfutex.emulator.riscv.Decoder} decodes, {@link
 * org.jfutex.emulator.riscv.CodeCache} keeps decoded blocks, {@link org.jfutex.emulator.riscv.Interpreter} executes
 * them. Nothing here knows Linux.
 *
 * <p>Source: The RISC-V Instruction Set Manual, Volume I, 20191213.
 */
@NullMarked
package org.jfutex.emulator.riscv;

import org.jspecify.annotations.NullMarked;

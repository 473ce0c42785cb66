package org.jfutex.emulator;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jfutex.emulator.riscv.Hart;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.Protection;

/** Loads an executable: ELF for 64-bit RISC-V, linked statically, with a fixed address or position-independent. */
final class Loader {

    /** A loaded program. */
    record Program(long entry, long headers, int headerSize, int headerCount) {

        /** Builds the first stack and sets the registers for the first instruction. */
        void enter(Hart hart, ProgramMemory memory, List<String> arguments, List<String> environment) {
            hart.clear();
            hart.pc = entry;
            hart.x[Hart.SP] = new StackBuilder(memory).build(this, arguments, environment);
        }
    }

    /** The address of the code that a signal handler returns to, as the kernel's vDSO provides it. */
    static final long SIGNAL_RETURN = 0x3f_ffff_f000L;

    private static final long BASE = 0x20_0000_0000L; // of a position-independent program
    private static final int PAGE = 4096;
    private static final int RISCV = 243;

    private Loader() {}

    static Program load(ProgramMemory memory, Path file) throws IOException {
        ByteBuffer elf = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        boolean valid = elf.limit() >= 64 && elf.getInt(0) == 0x464c_457f && elf.get(4) == 2;
        int type = valid ? elf.getShort(16) : 0;
        if (!valid || elf.getShort(18) != RISCV || (type != 2 && type != 3)) {
            throw new IOException(file + " is not an executable for 64-bit RISC-V");
        }
        long bias = type == 3 ? BASE : 0;
        int table = (int) elf.getLong(32);
        int size = elf.getShort(54);
        int count = elf.getShort(56);
        long headers = 0;
        long end = 0;
        for (int at = table; at < table + size * count; at += size) {
            if (elf.getInt(at) == 3) {
                throw new IOException(file + " is not linked statically");
            }
            if (elf.getInt(at) == 1) {
                long address = bias + elf.getLong(at + 16);
                long offset = elf.getLong(at + 8);
                if (offset <= table && table < offset + elf.getLong(at + 32)) {
                    headers = address + table - offset;
                }
                end = Math.max(end, loadSegment(memory, elf, at, address));
            }
        }
        memory.startBreak(ProgramMemory.roundUp(end));
        mapSignalReturn(memory);
        return new Program(bias + elf.getLong(24), headers, size, count);
    }

    private static long loadSegment(ProgramMemory memory, ByteBuffer elf, int header, long address) {
        int flags = elf.getInt(header + 4);
        int offset = (int) elf.getLong(header + 8);
        int fileSize = (int) elf.getLong(header + 32);
        long end = address + elf.getLong(header + 40);
        long start = address & -PAGE;
        memory.space.map(MapRequest.anonymous(end - start).atFree(start));
        memory.write(address, elf.slice(offset, fileSize));
        if ((flags & 2) == 0) {
            memory.space.protect(start, end - start, Protection.READ);
        }
        return end;
    }

    private static void mapSignalReturn(ProgramMemory memory) {
        memory.space.map(MapRequest.anonymous(PAGE).atFree(SIGNAL_RETURN));
        memory.storeInt(SIGNAL_RETURN, 0x08b0_0893); // li a7, 139: rt_sigreturn
        memory.storeInt(SIGNAL_RETURN + 4, 0x73); // ecall
        memory.space.protect(SIGNAL_RETURN, PAGE, Protection.READ);
    }

    /** Builds the stack of a new program: strings, auxiliary vector, environment, arguments. */
    private static final class StackBuilder {

        private static final long TOP = SIGNAL_RETURN - (1 << 20);
        private static final long SIZE = 8 << 20;

        private final ProgramMemory memory;
        private long at = TOP - 16;

        StackBuilder(ProgramMemory memory) {
            this.memory = memory;
            memory.space.map(MapRequest.anonymous(SIZE).atFree(TOP - SIZE));
        }

        private long push(byte[] bytes) {
            at -= bytes.length;
            memory.write(at, ByteBuffer.wrap(bytes));
            return at;
        }

        private long push(String text) {
            return push((text + "\0").getBytes(StandardCharsets.UTF_8));
        }

        long build(Program program, List<String> arguments, List<String> environment) {
            long[] argv = arguments.stream().mapToLong(this::push).toArray();
            long[] envp = environment.stream().mapToLong(this::push).toArray();
            byte[] seed = new byte[16];
            ThreadLocalRandom.current().nextBytes(seed);
            long[] auxiliary = {
                3, program.headers, // AT_PHDR
                4, program.headerSize, // AT_PHENT
                5, program.headerCount, // AT_PHNUM
                6, PAGE, // AT_PAGESZ
                9, program.entry, // AT_ENTRY
                11, 0, // AT_UID
                12, 0, // AT_EUID
                13, 0, // AT_GID
                14, 0, // AT_EGID
                16, 0x112d, // AT_HWCAP: the extensions I, M, A, F, D, C
                17, 100, // AT_CLKTCK
                23, 0, // AT_SECURE
                25, push(seed), // AT_RANDOM
                31, argv.length == 0 ? 0 : argv[0], // AT_EXECFN
                0, 0 // AT_NULL
            };
            int words = 1 + argv.length + 1 + envp.length + 1 + auxiliary.length;
            at = (at - 8L * words) & -16;
            ByteBuffer vector = ProgramMemory.buffer(8 * words).putLong(argv.length);
            append(vector, argv).putLong(0);
            append(vector, envp).putLong(0);
            append(vector, auxiliary);
            memory.write(at, vector.flip());
            return at;
        }

        private static ByteBuffer append(ByteBuffer target, long[] values) {
            for (long value : values) {
                target.putLong(value);
            }
            return target;
        }
    }
}

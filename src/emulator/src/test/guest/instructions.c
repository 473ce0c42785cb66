/*
 * Executes every instruction of RV64GC that computes something, with all pairs of interesting operands, and prints one
 * line for each: its name and a hash of the results. With an argument it prints every result of the instructions whose
 * name begins with that argument. InstructionsTest compares the lines with those that another implementation has
 * printed.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const uint64_t OPERANDS[] = {
    0, 1, 2, 3, 31, 32, 63, 64, 127, 255, 0x7fff, 0x8000, 0xffff, 0x12345678, 0x7fffffff, 0x80000000, 0xffffffff,
    0x100000000, 0x123456789abcdef0, 0x7fffffffffffffff, 0x8000000000000000,
    0x8000000000000001, 0xffffffff7fffffff,
    0xffffffff80000000, 0xfffffffffffffff0, 0xffffffffffffffff,
};
static const uint64_t DOUBLES[] = {
    0, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000, 0x4000000000000000, 0x3fe0000000000000,
    0x3ff8000000000000, 0xc004000000000000, 0x400921fb54442d18, 0x3fb999999999999a,
    0x4330000000000001, 0x41dfffffffc00000,
    0x41e0000000000000, 0xc1e0000000200000, 0x43dfffffffffffff, 0x43e0000000000000,
    0x43f0000000000000, 0x7fefffffffffffff,
    0x0010000000000000, 0x0000000000000001, 0x7ff0000000000000, 0xfff0000000000000,
    0x7ff8000000000000, 0x7ff0000000000001,
};
static const uint64_t FLOATS[] = {
    0xffffffff00000000, 0xffffffff80000000, 0xffffffff3f800000, 0xffffffffbf800000,
    0xffffffff40000000, 0xffffffff3f000000,
    0xffffffff3fc00000, 0xffffffffc0200000, 0xffffffff40490fdb, 0xffffffff3dcccccd,
    0xffffffff4b000001, 0xffffffff4effffff,
    0xffffffff4f000000, 0xffffffffcf000001, 0xffffffff5f000000, 0xffffffff7f7fffff,
    0xffffffff00800000, 0xffffffff00000001,
    0xffffffff7f800000, 0xffffffffff800000, 0xffffffff7fc00000, 0xffffffff7f800001, 0x000000003f800000,
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *wanted;
static const char *name;
static uint64_t hash;

static void begin(const char *instruction) {
    name = instruction;
    hash = 14695981039346656037u;
}

static void note(uint64_t a, uint64_t b, uint64_t result) {
    hash = (hash ^ result) * 1099511628211u;
    hash ^= hash >> 29;
    if (wanted && strncmp(name, wanted, strlen(wanted)) == 0) {
        printf("%s %016lx %016lx = %016lx\n", name, a, b, result);
    }
}

static void end(void) {
    if (!wanted) {
        printf("%s %016lx\n", name, hash);
    }
}

#define INTEGER(op)                                                             \
    begin(#op);                                                                 \
    for (int i = 0; i < COUNT(OPERANDS); i++)                                   \
        for (int j = 0; j < COUNT(OPERANDS); j++) {                             \
            uint64_t r;                                                         \
            asm volatile(#op " %0, %1, %2" : "=r"(r) : "r"(OPERANDS[i]), "r"(OPERANDS[j])); \
            note(OPERANDS[i], OPERANDS[j], r);                                  \
        }                                                                       \
    end()

#define IMMEDIATE_OF(op, imm)                                                   \
    for (int i = 0; i < COUNT(OPERANDS); i++) {                                 \
        uint64_t r;                                                             \
        asm volatile(#op " %0, %1, " #imm : "=r"(r) : "r"(OPERANDS[i]));        \
        note(OPERANDS[i], imm, r);                                              \
    }
#define IMMEDIATE(op) \
    begin(#op); IMMEDIATE_OF(op, 0) IMMEDIATE_OF(op, 1) IMMEDIATE_OF(op, -1) IMMEDIATE_OF(op, 2047) \
    IMMEDIATE_OF(op, -2048) end()
#define SHIFT_W(op) begin(#op); IMMEDIATE_OF(op, 0) IMMEDIATE_OF(op, 1) IMMEDIATE_OF(op, 31) end()
#define SHIFT(op) \
    begin(#op); IMMEDIATE_OF(op, 0) IMMEDIATE_OF(op, 1) IMMEDIATE_OF(op, 31) IMMEDIATE_OF(op, 32) \
    IMMEDIATE_OF(op, 63) end()

/* A compressed instruction of the form op rd, rs2 with registers s0 and a0. */
#define COMPRESSED(op)                                                          \
    begin(#op);                                                                 \
    for (int i = 0; i < COUNT(OPERANDS); i++)                                   \
        for (int j = 0; j < COUNT(OPERANDS); j++) {                             \
            register uint64_t r asm("a0") = OPERANDS[i];                        \
            register uint64_t b asm("a1") = OPERANDS[j];                        \
            asm volatile(#op " a0, a1" : "+r"(r) : "r"(b));                     \
            note(OPERANDS[i], OPERANDS[j], r);                                  \
        }                                                                       \
    end()

#define COMPRESSED_IMMEDIATE(op, imm)                                           \
    begin(#op " " #imm);                                                        \
    for (int i = 0; i < COUNT(OPERANDS); i++) {                                 \
        register uint64_t r asm("a0") = OPERANDS[i];                            \
        asm volatile(#op " a0, " #imm : "+r"(r));                               \
        note(OPERANDS[i], 0, r);                                                \
    }                                                                           \
    end()

#define BRANCH(op)                                                              \
    begin(#op);                                                                 \
    for (int i = 0; i < COUNT(OPERANDS); i++)                                   \
        for (int j = 0; j < COUNT(OPERANDS); j++) {                             \
            uint64_t r;                                                         \
            asm volatile("li %0, 1\n" #op " %1, %2, 1f\nli %0, 0\n1:" \
                         : "=&r"(r) : "r"(OPERANDS[i]), "r"(OPERANDS[j])); \
            note(OPERANDS[i], OPERANDS[j], r);                                  \
        }                                                                       \
    end()

#define LOAD(op, bytes)                                                         \
    begin(#op);                                                                 \
    for (int i = 0; i + bytes <= sizeof memory; i++) {                          \
        uint64_t r;                                                             \
        asm volatile(#op " %0, 0(%1)" : "=r"(r) : "r"(memory + i) : "memory");  \
        note(i, 0, r);                                                          \
    }                                                                           \
    end()

#define STORE(op)                                                               \
    begin(#op);                                                                 \
    for (int i = 0; i < COUNT(OPERANDS); i++)                                   \
        for (int j = 0; j < 8; j++) {                                           \
            uint64_t cell[2] = {0x1111111111111111, 0x2222222222222222};        \
            asm volatile(#op " %0, 0(%1)" : : "r"(OPERANDS[i]), "r"((char *)cell + j) : "memory"); \
            note(OPERANDS[i], j, cell[0]);                                      \
            note(OPERANDS[i], j, cell[1]);                                      \
        }                                                                       \
    end()

#define ATOMIC(op)                                                              \
    begin(#op);                                                                 \
    for (int i = 0; i < COUNT(OPERANDS); i++)                                   \
        for (int j = 0; j < COUNT(OPERANDS); j++) {                             \
            uint64_t cell = OPERANDS[i], r;                                     \
            asm volatile(#op " %0, %1, (%2)" : "=r"(r) : "r"(OPERANDS[j]), "r"(&cell) : "memory"); \
            note(OPERANDS[i], OPERANDS[j], r);                                  \
            note(OPERANDS[i], OPERANDS[j], cell);                               \
        }                                                                       \
    end()

static uint64_t bits(double d) {
    uint64_t b;
    asm volatile("fmv.x.d %0, %1" : "=r"(b) : "f"(d));
    return b;
}

static double value(uint64_t b) {
    double d;
    asm volatile("fmv.d.x %0, %1" : "=f"(d) : "r"(b));
    return d;
}

static uint64_t clear_flags(void) {
    uint64_t flags;
    asm volatile("fsflags %0, x0" : "=r"(flags));
    return flags & 0x18; /* invalid, division by zero */
}

#define FLOATING(op, table)                                                     \
    begin(#op);                                                                 \
    for (int i = 0; i < COUNT(table); i++)                                      \
        for (int j = 0; j < COUNT(table); j++) {                                \
            double r;                                                           \
            clear_flags();                                                      \
            asm volatile(#op " %0, %1, %2" : "=f"(r) : "f"(value(table[i])), "f"(value(table[j]))); \
            note(table[i], table[j], bits(r));                                  \
            note(table[i], table[j], clear_flags());                            \
        }                                                                       \
    end()

#define FUSED(op, table)                                                        \
    begin(#op);                                                                 \
    for (int i = 0; i < COUNT(table); i++)                                      \
        for (int j = 0; j < COUNT(table); j++) {                                \
            double r;                                                           \
            asm volatile(#op " %0, %1, %2, %3" \
                         : "=f"(r) : "f"(value(table[i])), "f"(value(table[j])), \
                           "f"(value(table[(i + 2 * j) % COUNT(table)]))); \
            note(table[i], table[j], bits(r));                                  \
        }                                                                       \
    end()

#define ROOT(op, table)                                                         \
    begin(#op);                                                                 \
    for (int i = 0; i < COUNT(table); i++) {                                    \
        double r;                                                               \
        clear_flags();                                                          \
        asm volatile(#op " %0, %1" : "=f"(r) : "f"(value(table[i])));           \
        note(table[i], 0, bits(r));                                             \
        note(table[i], 0, clear_flags());                                       \
    }                                                                           \
    end()

#define COMPARE(op, table)                                                      \
    begin(#op);                                                                 \
    for (int i = 0; i < COUNT(table); i++)                                      \
        for (int j = 0; j < COUNT(table); j++) {                                \
            uint64_t r;                                                         \
            clear_flags();                                                      \
            asm volatile(#op " %0, %1, %2" : "=r"(r) : "f"(value(table[i])), "f"(value(table[j]))); \
            note(table[i], table[j], r);                                        \
            note(table[i], table[j], clear_flags());                            \
        }                                                                       \
    end()

#define TO_INTEGER(op, table, mode)                                             \
    begin(#op " " #mode);                                                       \
    for (int i = 0; i < COUNT(table); i++) {                                    \
        uint64_t r;                                                             \
        clear_flags();                                                          \
        asm volatile(#op " %0, %1" mode : "=r"(r) : "f"(value(table[i])));      \
        note(table[i], 0, r);                                                   \
        note(table[i], 0, clear_flags());                                       \
    }                                                                           \
    end()
#define CONVERT(op, table)                                                      \
    TO_INTEGER(op, table, ", rne"); TO_INTEGER(op, table, ", rtz"); TO_INTEGER(op, table, ", rdn"); \
    TO_INTEGER(op, table, ", rup"); TO_INTEGER(op, table, ", rmm")

#define FROM_INTEGER(op)                                                        \
    begin(#op);                                                                 \
    for (int i = 0; i < COUNT(OPERANDS); i++) {                                 \
        double r;                                                               \
        asm volatile(#op " %0, %1" : "=f"(r) : "r"(OPERANDS[i]));               \
        note(OPERANDS[i], 0, bits(r));                                          \
    }                                                                           \
    end()

static unsigned char memory[24];

static void integers(void) {
    INTEGER(add); INTEGER(sub); INTEGER(sll); INTEGER(slt); INTEGER(sltu); INTEGER(xor); INTEGER(srl); INTEGER(sra);
    INTEGER(or); INTEGER(and); INTEGER(addw); INTEGER(subw); INTEGER(sllw); INTEGER(srlw); INTEGER(sraw);
    INTEGER(mul); INTEGER(mulh); INTEGER(mulhsu); INTEGER(mulhu);
    INTEGER(div); INTEGER(divu); INTEGER(rem); INTEGER(remu);
    INTEGER(mulw); INTEGER(divw); INTEGER(divuw); INTEGER(remw); INTEGER(remuw);
    IMMEDIATE(addi); IMMEDIATE(slti); IMMEDIATE(sltiu); IMMEDIATE(xori);
    IMMEDIATE(ori); IMMEDIATE(andi); IMMEDIATE(addiw);
    SHIFT(slli); SHIFT(srli); SHIFT(srai); SHIFT_W(slliw); SHIFT_W(srliw); SHIFT_W(sraiw);
    COMPRESSED(c.mv); COMPRESSED(c.add); COMPRESSED(c.sub); COMPRESSED(c.xor); COMPRESSED(c.or); COMPRESSED(c.and);
    COMPRESSED(c.addw); COMPRESSED(c.subw);
    COMPRESSED_IMMEDIATE(c.addi, 1); COMPRESSED_IMMEDIATE(c.addi, -32); COMPRESSED_IMMEDIATE(c.addiw, 31);
    COMPRESSED_IMMEDIATE(c.addiw, -1); COMPRESSED_IMMEDIATE(c.li, -7); COMPRESSED_IMMEDIATE(c.lui, 31);
    COMPRESSED_IMMEDIATE(c.lui, 0xfffe1); COMPRESSED_IMMEDIATE(c.andi, -32); COMPRESSED_IMMEDIATE(c.andi, 21);
    COMPRESSED_IMMEDIATE(c.slli, 1); COMPRESSED_IMMEDIATE(c.slli, 63); COMPRESSED_IMMEDIATE(c.srli, 33);
    COMPRESSED_IMMEDIATE(c.srai, 63);
    BRANCH(beq); BRANCH(bne); BRANCH(blt); BRANCH(bge); BRANCH(bltu); BRANCH(bgeu);
}

static void memories(void) {
    for (int i = 0; i < sizeof memory; i++) {
        memory[i] = 37 * i + 120;
    }
    LOAD(lb, 1); LOAD(lbu, 1); LOAD(lh, 2); LOAD(lhu, 2); LOAD(lw, 4); LOAD(lwu, 4); LOAD(ld, 8);
    STORE(sb); STORE(sh); STORE(sw); STORE(sd);
    ATOMIC(amoswap.w); ATOMIC(amoadd.w); ATOMIC(amoxor.w); ATOMIC(amoand.w); ATOMIC(amoor.w); ATOMIC(amomin.w);
    ATOMIC(amomax.w); ATOMIC(amominu.w); ATOMIC(amomaxu.w);
    ATOMIC(amoswap.d); ATOMIC(amoadd.d); ATOMIC(amoxor.d); ATOMIC(amoand.d); ATOMIC(amoor.d); ATOMIC(amomin.d);
    ATOMIC(amomax.d); ATOMIC(amominu.d); ATOMIC(amomaxu.d);

    begin("lr.w sc.w");
    for (int i = 0; i < COUNT(OPERANDS); i++) {
        uint64_t cell = OPERANDS[i], loaded, failed, again;
        asm volatile("lr.w %0, (%4)\nsc.w %1, %3, (%4)\nsc.w %2, %3, (%4)"
                     : "=&r"(loaded), "=&r"(failed), "=&r"(again) : "r"(OPERANDS[i] + 1), "r"(&cell) : "memory");
        note(OPERANDS[i], 0, loaded);
        note(OPERANDS[i], 1, failed);
        note(OPERANDS[i], 2, again);
        note(OPERANDS[i], 3, cell);
    }
    end();
    begin("lr.d sc.d");
    for (int i = 0; i < COUNT(OPERANDS); i++) {
        uint64_t cell = OPERANDS[i], loaded, failed;
        asm volatile("lr.d %0, (%3)\nsd %2, 0(%3)\nsc.d %1, x0, (%3)"
                     : "=&r"(loaded), "=&r"(failed) : "r"(OPERANDS[i] + 1), "r"(&cell) : "memory");
        note(OPERANDS[i], 0, loaded);
        note(OPERANDS[i], 1, failed != 0);
        note(OPERANDS[i], 2, cell);
    }
    end();
}

static void floats(void) {
    FLOATING(fadd.d, DOUBLES); FLOATING(fsub.d, DOUBLES); FLOATING(fmul.d, DOUBLES); FLOATING(fdiv.d, DOUBLES);
    FLOATING(fmin.d, DOUBLES); FLOATING(fmax.d, DOUBLES); FLOATING(fsgnj.d, DOUBLES); FLOATING(fsgnjn.d, DOUBLES);
    FLOATING(fsgnjx.d, DOUBLES); ROOT(fsqrt.d, DOUBLES);
    FLOATING(fadd.s, FLOATS); FLOATING(fsub.s, FLOATS); FLOATING(fmul.s, FLOATS); FLOATING(fdiv.s, FLOATS);
    FLOATING(fmin.s, FLOATS); FLOATING(fmax.s, FLOATS); FLOATING(fsgnj.s, FLOATS); FLOATING(fsgnjn.s, FLOATS);
    FLOATING(fsgnjx.s, FLOATS); ROOT(fsqrt.s, FLOATS);
    FUSED(fmadd.d, DOUBLES); FUSED(fmsub.d, DOUBLES); FUSED(fnmadd.d, DOUBLES); FUSED(fnmsub.d, DOUBLES);
    FUSED(fmadd.s, FLOATS); FUSED(fmsub.s, FLOATS); FUSED(fnmadd.s, FLOATS); FUSED(fnmsub.s, FLOATS);
    COMPARE(feq.d, DOUBLES); COMPARE(flt.d, DOUBLES); COMPARE(fle.d, DOUBLES);
    COMPARE(feq.s, FLOATS); COMPARE(flt.s, FLOATS); COMPARE(fle.s, FLOATS);
    ROOT(fcvt.s.d, DOUBLES); ROOT(fcvt.d.s, FLOATS);
    CONVERT(fcvt.w.d, DOUBLES); CONVERT(fcvt.wu.d, DOUBLES); CONVERT(fcvt.l.d, DOUBLES); CONVERT(fcvt.lu.d, DOUBLES);
    CONVERT(fcvt.w.s, FLOATS); CONVERT(fcvt.wu.s, FLOATS); CONVERT(fcvt.l.s, FLOATS); CONVERT(fcvt.lu.s, FLOATS);
    FROM_INTEGER(fcvt.d.w); FROM_INTEGER(fcvt.d.wu); FROM_INTEGER(fcvt.d.l); FROM_INTEGER(fcvt.d.lu);
    FROM_INTEGER(fcvt.s.w); FROM_INTEGER(fcvt.s.wu); FROM_INTEGER(fcvt.s.l); FROM_INTEGER(fcvt.s.lu);
    TO_INTEGER(fclass.d, DOUBLES, ""); TO_INTEGER(fclass.s, FLOATS, ""); TO_INTEGER(fmv.x.w, FLOATS, "");
    FROM_INTEGER(fmv.w.x);
}

int main(int argc, char **argv) {
    wanted = argc > 1 ? argv[1] : NULL;
    integers();
    memories();
    floats();
    return 0;
}

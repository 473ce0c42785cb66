package org.jfutex.emulator.riscv;

/**
 * The F and D extensions.
 *
 * <p>Arithmetic rounds to nearest, as Java does; another rounding mode of an inexact operation is refused as an illegal
 * instruction. Conversions to integers have every mode. Of the accrued exceptions, only "invalid" and "division by
 * zero" are recorded.
 */
final class Floats {

    private static final int INVALID = 16;
    private static final int DIVISION_BY_ZERO = 8;

    private static final int NAN = 0x7fc0_0000;
    private static final long NAN_D = 0x7ff8_0000_0000_0000L;

    private static final int SQUARE_ROOT = 0x0b;

    private static final int NEAREST = 0;
    private static final int TO_ZERO = 1;
    private static final int DOWN = 2;
    private static final int UP = 3;
    private static final int NEAREST_AWAY = 4;

    private Floats() {}

    /** Returns a register that holds a float. */
    static long box(int bits) {
        return bits | 0xffff_ffff_0000_0000L;
    }

    private static int unbox(long register) {
        return register >> 32 == -1 ? (int) register : NAN;
    }

    /** Executes an instruction; returns false if it is illegal or rounds in a mode that Java does not have. */
    static boolean execute(Hart hart, int word) {
        boolean isDouble = (word >>> 25 & 3) == 1;
        if ((word >>> 25 & 3) > 1) {
            return false;
        }
        if ((word & 0x7f) != 0x53) {
            return multiplyAdd(hart, word, isDouble);
        }
        int rd = word >>> 7 & 31;
        int rs1 = word >>> 15 & 31;
        int rs2 = word >>> 20 & 31;
        int funct3 = word >>> 12 & 7;
        int mode = funct3 == 7 ? hart.fcsr >>> 5 & 7 : funct3;
        long a = hart.f[rs1];
        long b = hart.f[rs2];
        int toInteger = rd == 0 ? Hart.NOWHERE : rd;
        switch (word >>> 27) {
            case 0x00, 0x01, 0x02, 0x03, SQUARE_ROOT -> {
                if (mode != NEAREST) {
                    return false;
                }
                hart.f[rd] = arithmetic(hart, word >>> 27, a, b, isDouble);
            }
            case 0x04 -> hart.f[rd] = injectSign(funct3, a, b, isDouble);
            case 0x05 -> hart.f[rd] = minMax(hart, funct3 == 1, a, b, isDouble);
            case 0x08 -> {
                if (mode != NEAREST && !isDouble) {
                    return false;
                }
                if (isSignalling(a, !isDouble)) {
                    hart.fcsr |= INVALID;
                }
                hart.f[rd] = isDouble ? bits(value(a, false)) : box(bitsF((float) Double.longBitsToDouble(a)));
            }
            case 0x14 -> hart.x[toInteger] = compare(hart, funct3, a, b, isDouble) ? 1 : 0;
            case 0x18 -> hart.x[toInteger] = toInteger(hart, value(a, isDouble), rs2, mode);
            case 0x1a -> {
                if (mode != NEAREST && !isExact(hart.x[rs1], rs2, isDouble)) {
                    return false;
                }
                hart.f[rd] = fromInteger(hart.x[rs1], rs2, isDouble);
            }
            case 0x1c -> hart.x[toInteger] = funct3 == 1 ? classify(a, isDouble) : isDouble ? a : (int) a;
            case 0x1e -> hart.f[rd] = isDouble ? hart.x[rs1] : box((int) hart.x[rs1]);
            default -> {
                return false;
            }
        }
        return true;
    }

    private static double value(long register, boolean isDouble) {
        return isDouble ? Double.longBitsToDouble(register) : Float.intBitsToFloat(unbox(register));
    }

    /** Returns the bits of a result; every NaN is the canonical one. */
    private static long bits(double value) {
        return Double.isNaN(value) ? NAN_D : Double.doubleToRawLongBits(value);
    }

    private static int bitsF(float value) {
        return Float.isNaN(value) ? NAN : Float.floatToRawIntBits(value);
    }

    private static long arithmetic(Hart hart, int function, long a, long b, boolean isDouble) {
        double x = value(a, isDouble);
        double y = value(b, isDouble);
        if (isSignalling(a, isDouble) || (function != SQUARE_ROOT && isSignalling(b, isDouble))) {
            hart.fcsr |= INVALID;
        }
        if (isDouble) {
            double result = switch (function) {
                case 0 -> x + y;
                case 1 -> x - y;
                case 2 -> x * y;
                case 3 -> x / y;
                default -> Math.sqrt(x);
            };
            accrue(hart, function, x, y, result);
            return bits(result);
        }
        float v = (float) x;
        float w = (float) y;
        float result = switch (function) {
            case 0 -> v + w;
            case 1 -> v - w;
            case 2 -> v * w;
            case 3 -> v / w;
            default -> (float) Math.sqrt(v); // a double has enough bits to round twice
        };
        accrue(hart, function, x, y, result);
        return box(bitsF(result));
    }

    private static void accrue(Hart hart, int function, double x, double y, double result) {
        boolean oneOperand = function == SQUARE_ROOT;
        if (Double.isNaN(result) && !Double.isNaN(x) && (oneOperand || !Double.isNaN(y))) {
            hart.fcsr |= INVALID;
        }
        if (function == 3 && y == 0 && x != 0 && !Double.isNaN(x) && !Double.isInfinite(x)) {
            hart.fcsr |= DIVISION_BY_ZERO;
        }
    }

    private static boolean multiplyAdd(Hart hart, int word, boolean isDouble) {
        int funct3 = word >>> 12 & 7;
        if ((funct3 == 7 ? hart.fcsr >>> 5 & 7 : funct3) != NEAREST) {
            return false;
        }
        boolean negateProduct = (word & 0x7f) == 0x4b || (word & 0x7f) == 0x4f;
        boolean subtract = (word & 0x7f) == 0x47 || (word & 0x7f) == 0x4f; // the addend from what the product became
        double a = value(hart.f[word >>> 15 & 31], isDouble);
        double b = value(hart.f[word >>> 20 & 31], isDouble);
        double c = value(hart.f[word >>> 27], isDouble);
        double x = negateProduct ? -a : a;
        double z = subtract ? -c : c;
        int rd = word >>> 7 & 31;
        double result = isDouble ? Math.fma(x, b, z) : Math.fma((float) x, (float) b, (float) z);
        if (Double.isNaN(result) && !Double.isNaN(a) && !Double.isNaN(b) && !Double.isNaN(c)) {
            hart.fcsr |= INVALID;
        }
        hart.f[rd] = isDouble ? bits(result) : box(bitsF((float) result));
        return true;
    }

    private static long injectSign(int funct3, long a, long b, boolean isDouble) {
        long x = isDouble ? a : unbox(a);
        long y = isDouble ? b : unbox(b);
        long sign = isDouble ? Long.MIN_VALUE : 0x8000_0000L;
        long injected = switch (funct3) {
            case 0 -> y & sign;
            case 1 -> ~y & sign;
            default -> (x ^ y) & sign;
        };
        long result = x & ~sign | injected;
        return isDouble ? result : box((int) result);
    }

    private static long minMax(Hart hart, boolean max, long a, long b, boolean isDouble) {
        double x = value(a, isDouble);
        double y = value(b, isDouble);
        if (isSignalling(a, isDouble) || isSignalling(b, isDouble)) {
            hart.fcsr |= INVALID;
        }
        double result = Double.isNaN(x) ? y : Double.isNaN(y) ? x : max ? Math.max(x, y) : Math.min(x, y);
        return isDouble ? bits(result) : box(bitsF((float) result));
    }

    private static boolean isSignalling(long register, boolean isDouble) {
        return isDouble
                ? Double.isNaN(Double.longBitsToDouble(register)) && (register & 1L << 51) == 0
                : Float.isNaN(Float.intBitsToFloat(unbox(register))) && (unbox(register) & 1 << 22) == 0;
    }

    private static boolean compare(Hart hart, int funct3, long a, long b, boolean isDouble) {
        double x = value(a, isDouble);
        double y = value(b, isDouble);
        if (Double.isNaN(x) || Double.isNaN(y)) {
            if (funct3 != 2 || isSignalling(a, isDouble) || isSignalling(b, isDouble)) {
                hart.fcsr |= INVALID;
            }
            return false;
        }
        return switch (funct3) {
            case 0 -> x <= y;
            case 1 -> x < y;
            default -> x == y;
        };
    }

    /** Converts to an integer; {@code kind} is 0 for int, 1 for unsigned int, 2 for long, 3 for unsigned long. */
    private static long toInteger(Hart hart, double value, int kind, int mode) {
        double rounded = switch (mode) {
            case TO_ZERO -> value < 0 ? Math.ceil(value) : Math.floor(value);
            case DOWN -> Math.floor(value);
            case UP -> Math.ceil(value);
            case NEAREST_AWAY ->
                Math.abs(value) >= 0x1p52 ? value : Math.copySign(Math.floor(Math.abs(value) + 0.5), value);
            default -> Math.rint(value);
        };
        double low = kind == 0 ? -0x1p31 : kind == 2 ? -0x1p63 : 0;
        double high = kind == 0 ? 0x1p31 : kind == 1 ? 0x1p32 : kind == 2 ? 0x1p63 : 0x1p64; // exclusive
        boolean tooHigh = Double.isNaN(value) || rounded >= high;
        if (tooHigh || rounded < low) {
            hart.fcsr |= INVALID;
            return switch (kind) {
                case 0 -> tooHigh ? Integer.MAX_VALUE : Integer.MIN_VALUE;
                case 1 -> tooHigh ? -1 : 0;
                case 2 -> tooHigh ? Long.MAX_VALUE : Long.MIN_VALUE;
                default -> tooHigh ? -1 : 0;
            };
        }
        if (kind == 3 && rounded >= 0x1p63) {
            return (long) (rounded - 0x1p63) ^ Long.MIN_VALUE;
        }
        return kind == 1 ? (int) (long) rounded : (long) rounded;
    }

    private static long integer(long register, int kind) {
        return kind == 0 ? (int) register : kind == 1 ? register & 0xffff_ffffL : register;
    }

    private static boolean isExact(long register, int kind, boolean isDouble) {
        long n = integer(register, kind);
        long limit = isDouble ? 1L << 53 : 1L << 24;
        return n >= -limit && n <= limit;
    }

    private static long fromInteger(long register, int kind, boolean isDouble) {
        long n = integer(register, kind);
        if (kind == 3 && n < 0) {
            long half = n >>> 1 | n & 1; // the lowest bit decides only ties, so it may be kept sticky
            return isDouble ? bits(half * 2.0) : box(bitsF((float) half * 2));
        }
        return isDouble ? bits((double) n) : box(bitsF((float) n));
    }

    private static long classify(long register, boolean isDouble) {
        double v = value(register, isDouble);
        boolean negative = isDouble ? register < 0 : unbox(register) < 0;
        double smallest = isDouble ? Double.MIN_NORMAL : Float.MIN_NORMAL;
        if (Double.isNaN(v)) {
            return isSignalling(register, isDouble) ? 1 << 8 : 1 << 9;
        }
        if (Double.isInfinite(v)) {
            return negative ? 1 : 1 << 7;
        }
        if (v == 0) {
            return negative ? 1 << 3 : 1 << 4;
        }
        boolean subnormal = Math.abs(v) < smallest;
        return negative ? (subnormal ? 1 << 2 : 1 << 1) : (subnormal ? 1 << 5 : 1 << 6);
    }
}

package org.jfutex.explore;

import java.util.Arrays;

/**
 * One decision of a schedule, as a number: a guest that makes the next step, or a fault and its victim.
 *
 * <pre>
 *   bits 0..7    the guest
 *   bits 8..10   0 for a step; the ordinal of the fault plus 1
 * </pre>
 */
final class Choice {

    private static final int KIND_SHIFT = 8;
    private static final int GUEST_MASK = (1 << KIND_SHIFT) - 1;

    /** The maximum number of guests, one for each letter of an id. */
    static final int MAX_GUESTS = 26;

    private Choice() {}

    static int step(int guest) {
        return guest;
    }

    static int fault(Fault fault, int guest) {
        return (fault.ordinal() + 1) << KIND_SHIFT | guest;
    }

    static int guest(int choice) {
        return choice & GUEST_MASK;
    }

    static boolean isStep(int choice) {
        return choice <= GUEST_MASK;
    }

    static Fault fault(int choice) {
        return Fault.values()[(choice >>> KIND_SHIFT) - 1];
    }

    /**
     * Writes a schedule as a line: a letter for each guest, a number of repetitions if there are several, and a capital
     * letter before the victim of a fault.
     */
    static String id(int[] choices) {
        StringBuilder id = new StringBuilder();
        for (int i = 0; i < choices.length; ) {
            int c = choices[i];
            int n = 1;
            while (i + n < choices.length && choices[i + n] == c && isStep(c)) {
                n++;
            }
            if (!isStep(c)) {
                id.append(fault(c).letter);
            }
            id.append((char) ('a' + guest(c)));
            if (n > 1) {
                id.append(n);
            }
            i += n;
        }
        return id.toString();
    }

    /** Reads what {@link #id} has written. */
    static int[] parse(String id) {
        int[] choices = new int[16];
        int n = 0;
        for (int i = 0; i < id.length(); ) {
            Fault fault = null;
            for (Fault f : Fault.values()) {
                fault = f.letter == id.charAt(i) ? f : fault;
            }
            i += fault == null ? 0 : 1;
            if (i == id.length() || id.charAt(i) < 'a' || id.charAt(i) > 'z') {
                throw new IllegalArgumentException("the schedule " + id + " has no guest at position " + i);
            }
            int guest = id.charAt(i++) - 'a';
            int times = 0;
            while (i < id.length() && Character.digit(id.charAt(i), 10) >= 0 && times < 1_000_000) {
                times = times * 10 + Character.digit(id.charAt(i++), 10);
            }
            for (int t = Math.max(times, 1); t > 0; t--) {
                if (n == choices.length) {
                    choices = Arrays.copyOf(choices, n * 2);
                }
                choices[n++] = fault == null ? step(guest) : fault(fault, guest);
            }
        }
        return Arrays.copyOf(choices, n);
    }
}

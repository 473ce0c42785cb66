package org.jfutex.replay;

import java.util.ArrayList;
import java.util.List;

/** The words after a command, taken one by one; whatever nobody takes is an error. */
final class Arguments {

    private final List<String> words;
    private final long displacement;

    Arguments(List<String> words) {
        this.words = new ArrayList<>(words);
        displacement = flag("moved") ? Region.MOVED : 0;
    }

    /** Whether there are words left. */
    boolean more() {
        return !words.isEmpty();
    }

    /** Takes a word from wherever it stands, if it is there. */
    final boolean flag(String word) {
        return words.remove(word);
    }

    /** Takes {@code name=...} from wherever it stands, empty if it is not there. */
    String option(String name) {
        for (String word : words) {
            if (word.startsWith(name + "=")) {
                words.remove(word);
                return word.substring(name.length() + 1);
            }
        }
        return "";
    }

    /** Takes {@code region} or {@code region+offset}, which {@code moved} displaces. */
    long place() {
        return Region.place(next("a place")) + displacement;
    }

    /** Takes a region's name. */
    Region region() {
        return Region.named(next("a region"));
    }

    /** Takes a number of 32 bits, signed or unsigned, decimal or hexadecimal. */
    int number() {
        return number(next("a number"));
    }

    static int number(String word) {
        long value = Long.decode(word);
        if (value < Integer.MIN_VALUE || value > 0xffff_ffffL) {
            throw new IllegalArgumentException(word + " has more than 32 bits");
        }
        return (int) value;
    }

    /** Refuses what is left. */
    void end() {
        if (!words.isEmpty()) {
            throw new IllegalArgumentException("not understood: " + String.join(" ", words));
        }
    }

    private String next(String what) {
        if (words.isEmpty()) {
            throw new IllegalArgumentException("lacks " + what);
        }
        return words.remove(0);
    }
}

package org.jfutex.replay;

import java.util.ArrayList;
import java.util.List;

/** The words after a command, taken one by one. A word that is left over is an error. */
final class Arguments {

    private final List<String> words;
    private final long displacement;

    Arguments(List<String> words) {
        this.words = new ArrayList<>(words);
        displacement = flag("moved") ? Region.MOVED : 0;
    }

    /** Returns whether words are left. */
    boolean more() {
        return !words.isEmpty();
    }

    /** Removes a word at any position. Returns whether it was there. */
    final boolean flag(String word) {
        return words.remove(word);
    }

    /** Removes {@code name=...} at any position. Returns its value, empty if it was not there. */
    String option(String name) {
        for (String word : words) {
            if (word.startsWith(name + "=")) {
                words.remove(word);
                return word.substring(name.length() + 1);
            }
        }
        return "";
    }

    /** Takes an address, {@code region} or {@code region+offset}, which {@code moved} displaces. */
    long place() {
        return Region.place(next("an address")) + displacement;
    }

    /** Takes the name of a region. */
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

    /** Rejects words that are left over. */
    void end() {
        if (!words.isEmpty()) {
            throw new IllegalArgumentException("unknown words: " + String.join(" ", words));
        }
    }

    private String next(String what) {
        if (words.isEmpty()) {
            throw new IllegalArgumentException("lacks " + what);
        }
        return words.remove(0);
    }
}

package org.jfutex.replay;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A store that a recorded program makes before a call, see {@link CallStep}. */
sealed interface Stored {

    /** Returns the address of the store. */
    long address();

    /**
     * A number.
     *
     * @param bytes its size, 4 or 8
     */
    record Plain(long address, int bytes, long value) implements Stored {}

    /**
     * The thread id of a caller.
     *
     * @param flags bits above the thread id
     */
    record Owner(long address, Caller caller, int flags) implements Stored {}

    /**
     * A timespec with given fields.
     *
     * @param bytes the size of a field, 4 or 8
     */
    record RawTime(long address, int bytes, long seconds, long nanos) implements Stored {}

    /**
     * A timespec of a point in time, or of a duration.
     *
     * @param bytes the size of a field, 4 or 8
     * @param nanos the distance from the start of the program, or the duration
     */
    record Time(long address, int bytes, Base base, long nanos) implements Stored {}

    /** What a time is relative to. */
    enum Base {
        /** The monotonic clock at the start of the program. */
        MONO,
        /** The realtime clock at the start of the program. */
        REAL,
        /** The time of the call. */
        REL
    }

    /** The syntax of a store. */
    Pattern STORE = Pattern.compile("(d|q|ts|ts32)@([0-9a-f]+)=(\\S+)");

    /** The syntax of a timespec. */
    Pattern TIME = Pattern.compile("RAW:(-?\\d+):(-?\\d+)|(MONO|REAL|REL)\\+(-?\\d+)");

    /**
     * Parses a store.
     *
     * @throws IllegalArgumentException if the text is not a store
     */
    static Stored parse(String text) {
        Matcher m = STORE.matcher(text);
        if (!m.matches()) {
            throw new IllegalArgumentException(text + " is not a store");
        }
        long address = Long.parseUnsignedLong(m.group(2), 16);
        String value = m.group(3);
        return switch (m.group(1)) {
            case "ts" -> time(address, 8, value);
            case "ts32" -> time(address, 4, value);
            case "q" -> new Plain(address, 8, Long.parseUnsignedLong(value, 16));
            default ->
                value.startsWith("TID:")
                        ? owner(address, value)
                        : new Plain(address, 4, Long.parseUnsignedLong(value, 16));
        };
    }

    /**
     * Parses {@code TID:CALLER:FLAGS}.
     *
     * @throws IllegalArgumentException if the text has another form
     */
    static Owner owner(long address, String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != 3 || !parts[0].equals("TID")) {
            throw new IllegalArgumentException(text + " is not a thread id");
        }
        return new Owner(address, Caller.valueOf(parts[1]), Integer.parseUnsignedInt(parts[2], 16));
    }

    private static Stored time(long address, int bytes, String text) {
        Matcher m = TIME.matcher(text);
        if (!m.matches()) {
            throw new IllegalArgumentException(text + " is not a time");
        }
        return m.group(1) != null
                ? new RawTime(address, bytes, Long.parseLong(m.group(1)), Long.parseLong(m.group(2)))
                : new Time(address, bytes, Base.valueOf(m.group(3)), Long.parseLong(m.group(4)));
    }
}

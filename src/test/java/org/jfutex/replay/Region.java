package org.jfutex.replay;

/** The places of a recorded program's memory, each of two pages, at the same address in both processes. */
public enum Region {
    /** Private, anonymous. */
    ANON_P("anonP", "anonP", 0x0_0000),
    /** Shared, anonymous. */
    ANON_S("anonS", "anonS", 0x1_0000),
    /** Shared, pages 0 and 1 of a file. */
    FILE_S("fileS", "file", 0x2_0000),
    /** Shared, pages 1 and 2 of the same file. */
    FILE_S2("fileS2", "file", 0x3_0000),
    /** Private, pages 0 and 1 of the same file. */
    FILE_P("fileP", "file", 0x4_0000),
    /** Shared and read-only, pages 0 and 1 of the same file by a descriptor that cannot write. */
    FILE_RO("fileRO", "file", 0x5_0000),
    /** Private, anonymous, neither readable nor writable. */
    NONE("none", "none", 0x6_0000),
    /** Nothing at all. */
    HOLE("hole", "hole", 0x7_0000);

    /** The size of a page, in bytes. */
    public static final int PAGE = 4096;

    /** The size of a region, in bytes. */
    public static final int SIZE = 2 * PAGE;

    /** How far a region moves when it moves, in bytes. */
    public static final long MOVED = 0x10_0000;

    final String label;

    /** What it is a mapping of: a word may be in two regions of the same object, and in no others. */
    final String object;

    /** Where it began when the programs were recorded. */
    final long address;

    Region(String label, String object, long offset) {
        this.label = label;
        this.object = object;
        address = 0x1000_0000_0000L + offset;
    }

    /** The region that recordings call so. */
    static Region named(String label) {
        for (Region r : values()) {
            if (r.label.equals(label)) {
                return r;
            }
        }
        throw new IllegalArgumentException("no region " + label);
    }

    /** The address of {@code region+offset}. */
    static long place(String text) {
        int plus = text.indexOf('+');
        return plus < 0
                ? named(text).address
                : named(text.substring(0, plus)).address + Arguments.number(text.substring(plus + 1));
    }
}

package org.jfutex.replay;

/** The regions of a recorded program's memory. Each has two pages, at equal addresses in both processes. */
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
    /** Unmapped. */
    HOLE("hole", "hole", 0x7_0000);

    /** The size of a page, in bytes. */
    public static final int PAGE = 4096;

    /** The size of a region, in bytes. */
    public static final int SIZE = 2 * PAGE;

    /** The distance of a move, in bytes. */
    public static final long MOVED = 0x10_0000;

    final String label;

    /** The name of the mapped object. Only regions of one object can share a word. */
    final String object;

    /** The address at which the region began when the programs were recorded. */
    final long address;

    Region(String label, String object, long offset) {
        this.label = label;
        this.object = object;
        address = 0x1000_0000_0000L + offset;
    }

    /** Returns the region with this name in recordings. */
    static Region named(String label) {
        for (Region r : values()) {
            if (r.label.equals(label)) {
                return r;
            }
        }
        throw new IllegalArgumentException("no region " + label);
    }

    /** Returns the address of {@code region+offset}. */
    static long place(String text) {
        int plus = text.indexOf('+');
        return plus < 0
                ? named(text).address
                : named(text.substring(0, plus)).address + Arguments.number(text.substring(plus + 1));
    }
}

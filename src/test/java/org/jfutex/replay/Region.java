package org.jfutex.replay;

/** The places of a recorded program's memory, each of two pages, at the same address in both processes. */
enum Region {
    ANON_P("anonP", 0x0_0000),
    ANON_S("anonS", 0x1_0000),
    FILE_S("fileS", 0x2_0000),
    FILE_S2("fileS2", 0x3_0000),
    FILE_P("fileP", 0x4_0000),
    FILE_RO("fileRO", 0x5_0000),
    NONE("none", 0x6_0000),
    HOLE("hole", 0x7_0000);

    static final int PAGE = 4096;
    static final int SIZE = 2 * PAGE;

    /** How far a region moves when it moves. */
    static final long MOVED = 0x10_0000;

    final String label;

    /** Where it begins. */
    final long address;

    Region(String label, long offset) {
        this.label = label;
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

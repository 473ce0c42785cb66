package org.jfutex.linux;

import java.util.StringJoiner;
import org.jfutex.Scope;

/**
 * An element of futex_waitv's array. The structure has 24 bytes: u64 val, u64 uaddr, u32 flags, u32 reserved.
 *
 * @param val the value that the word must hold
 * @param uaddr the word
 * @param flags futex2 flags
 */
record WaitvEntry(long val, long uaddr, int flags) {

    static final int BYTES = 24;

    /** Reads an array, and refuses elements with invalid fields. */
    static WaitvEntry[] parse(GuestMemory guest, long array, int length) {
        WaitvEntry[] entries = new WaitvEntry[length];
        for (int i = 0; i < length; i++) {
            entries[i] = parse(guest, array + (long) i * BYTES);
        }
        return entries;
    }

    private static WaitvEntry parse(GuestMemory guest, long at) {
        long val = guest.loadLong(at);
        long uaddr = guest.loadLong(at + 8);
        int flags = guest.loadInt(at + 16);
        ErrnoException.unless(guest.loadInt(at + 20) == 0, Errno.EINVAL);
        Futex2.checkFlags(flags);
        Futex2.checkWidth(val);
        return new WaitvEntry(val, uaddr, flags);
    }

    /** Formats an array like strace. */
    static String describe(GuestMemory guest, long array, int length) {
        StringJoiner all = new StringJoiner(", ", "[", "]");
        for (int i = 0; i < length; i++) {
            long at = array + (long) i * BYTES;
            all.add("{val=" + Long.toUnsignedString(guest.loadLong(at)) + ", uaddr=0x"
                    + Long.toHexString(guest.loadLong(at + 8)) + ", flags=" + FutexNames.flags2(guest.loadInt(at + 16))
                    + ", __reserved=" + guest.loadInt(at + 20) + "}");
        }
        return all.toString();
    }

    Scope scope() {
        return Futex2.scope(flags);
    }
}

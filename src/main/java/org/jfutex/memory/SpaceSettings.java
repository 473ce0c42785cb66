package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.nio.ByteOrder;
import org.jfutex.key.MappingListener;
import org.jspecify.annotations.Nullable;

/**
 * Settings of an address space; forked children inherit them.
 *
 * @param keyRule the rule that decides which words get a file-based key in shared operations
 * @param byteOrder the byte order of a word
 * @param stackLimit the maximum length of a stack that grows, in bytes: RLIMIT_STACK
 * @param listener receives reports of moved and unmapped ranges, in the order of the changes and with no lock held;
 *     null for none
 */
public record SpaceSettings(
        KeyRule keyRule,
        ByteOrder byteOrder,
        long stackLimit,
        @Nullable MappingListener listener) {

    /** The default settings: {@link KeyRule#VM_MAYSHARE}, little endian, stacks of up to 8 MiB, no listener. */
    public static final SpaceSettings DEFAULT =
            new SpaceSettings(KeyRule.VM_MAYSHARE, ByteOrder.LITTLE_ENDIAN, 8 << 20, null);

    /**
     * Creates settings; rejects a negative limit.
     *
     * @throws IllegalArgumentException if {@code stackLimit} is negative
     */
    public SpaceSettings {
        requireNonNull(keyRule, "keyRule");
        requireNonNull(byteOrder, "byteOrder");
        if (stackLimit < 0) {
            throw new IllegalArgumentException("stack limit " + stackLimit + " is negative");
        }
    }

    /**
     * Returns settings with another key rule.
     *
     * @param other the rule
     * @return the changed settings
     */
    public SpaceSettings withKeyRule(KeyRule other) {
        return new SpaceSettings(other, byteOrder, stackLimit, listener);
    }

    /**
     * Returns settings with another byte order.
     *
     * @param other the order
     * @return the changed settings
     */
    public SpaceSettings withByteOrder(ByteOrder other) {
        return new SpaceSettings(keyRule, other, stackLimit, listener);
    }

    /**
     * Returns settings with another limit for stacks.
     *
     * @param bytes the limit in bytes, not negative
     * @return the changed settings
     */
    public SpaceSettings withStackLimit(long bytes) {
        return new SpaceSettings(keyRule, byteOrder, bytes, listener);
    }

    /**
     * Returns settings with another listener.
     *
     * @param other receives reports of moved and unmapped ranges; null for none
     * @return the changed settings
     */
    public SpaceSettings withListener(@Nullable MappingListener other) {
        return new SpaceSettings(keyRule, byteOrder, stackLimit, other);
    }
}

package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.nio.ByteOrder;
import org.jfutex.key.MappingListener;
import org.jspecify.annotations.Nullable;

/**
 * How an address space behaves; forked children inherit it.
 *
 * @param keyRule which words a shared operation names by their file
 * @param byteOrder the order of the bytes of a word
 * @param stackLimit how long a stack can grow, in bytes: RLIMIT_STACK
 * @param listener receives reports of moved and unmapped ranges, in the order of the changes and with no lock held; null for none
 */
public record SpaceSettings(
        KeyRule keyRule,
        ByteOrder byteOrder,
        long stackLimit,
        @Nullable MappingListener listener) {

    /** {@link KeyRule#VM_MAYSHARE}, little endian, stacks of 8 MiB, no listener. */
    public static final SpaceSettings DEFAULT =
            new SpaceSettings(KeyRule.VM_MAYSHARE, ByteOrder.LITTLE_ENDIAN, 8 << 20, null);

    /**
     * Refuses a negative limit.
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
     * With another key rule.
     *
     * @param other the rule
     * @return the changed settings
     */
    public SpaceSettings withKeyRule(KeyRule other) {
        return new SpaceSettings(other, byteOrder, stackLimit, listener);
    }

    /**
     * With another byte order.
     *
     * @param other the order
     * @return the changed settings
     */
    public SpaceSettings withByteOrder(ByteOrder other) {
        return new SpaceSettings(keyRule, other, stackLimit, listener);
    }

    /**
     * With another limit for stacks.
     *
     * @param bytes the limit in bytes, not negative
     * @return the changed settings
     */
    public SpaceSettings withStackLimit(long bytes) {
        return new SpaceSettings(keyRule, byteOrder, bytes, listener);
    }

    /**
     * With another listener.
     *
     * @param other receives reports of moved and unmapped ranges; null for none
     * @return the changed settings
     */
    public SpaceSettings withListener(@Nullable MappingListener other) {
        return new SpaceSettings(keyRule, byteOrder, stackLimit, other);
    }
}

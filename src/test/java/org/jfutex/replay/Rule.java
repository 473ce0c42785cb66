package org.jfutex.replay;

import java.util.Set;
import org.jfutex.key.FutexMemory;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.KeyRule;
import org.jfutex.memory.SpaceSettings;

/**
 * How the words of a world are named.
 *
 * @param keys the rule of its address spaces
 * @param without what of today's rule is left out, see {@link Cause}
 */
record Rule(KeyRule keys, Set<Cause> without) {

    /** A rule as it is. */
    static Rule of(KeyRule keys) {
        return new Rule(keys, Set.of());
    }

    /** Today's rule with something left out. */
    static Rule modernWithout(Set<Cause> without) {
        return new Rule(KeyRule.MODERN, without);
    }

    AddressSpace newSpace() {
        return new AddressSpace(SpaceSettings.DEFAULT.withKeyRule(keys));
    }

    /** A space as its tasks see it. */
    FutexMemory view(AddressSpace space) {
        return without.isEmpty() ? space : new WeakenedMemory(space, without);
    }
}

package org.jfutex.replay;

import java.util.List;

/**
 * A recorded program: what six actors were told to do, one after the other, and what they answered.
 *
 * @param kind what it is about, which also decides how its memory is set up
 * @param seed its number
 * @param lines its steps, in the grammar of {@link Step}
 */
record Program(String kind, String seed, List<String> lines) {

    @Override
    public String toString() {
        return "program " + kind + " " + seed;
    }
}

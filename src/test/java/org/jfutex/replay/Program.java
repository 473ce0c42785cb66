package org.jfutex.replay;

import java.util.List;

/**
 * A recorded program: commands to six actors, one after the other, and their results.
 *
 * @param kind the kind of the program, which also decides the initial state of its memory
 * @param seed the number of the program
 * @param lines the steps, in the grammar of {@link Step}
 */
record Program(String kind, String seed, List<String> lines) {

    @Override
    public String toString() {
        return "program " + kind + " " + seed;
    }
}

package org.jfutex.bench;

import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.ThreadParams;

/** A word for each of up to 16 threads, no two in a cache line. */
@State(Scope.Thread)
public class OwnWord {

    int word;

    @Setup
    public void setUp(ThreadParams params) {
        word = params.getThreadIndex() % 16 * 64;
    }
}

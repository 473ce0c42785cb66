package org.jfutex.bench;

import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.ThreadParams;

/** A word for each of up to {@value #THREADS} threads; no two words share a cache line. */
@State(Scope.Thread)
public class OwnWord {

    static final int THREADS = 16;

    int word;

    static int of(int thread) {
        return thread % THREADS * 64;
    }

    @Setup
    public void setUp(ThreadParams params) {
        word = of(params.getThreadIndex());
    }
}

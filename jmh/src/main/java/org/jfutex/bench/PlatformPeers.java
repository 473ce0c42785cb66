package org.jfutex.bench;

import org.jfutex.bench.peer.Futex;
import org.jfutex.bench.peer.Peer;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The contenders on which a platform thread can sleep. */
@State(Scope.Benchmark)
public class PlatformPeers {

    @Param({"PARK", "LEAST", "JFUTEX", "NAIVE", "CONDITION", "MONITOR", "KERNEL", "ENDIVE", "CHICORY"})
    public Peer peer;

    Futex futex;

    @Setup
    public void setUp() {
        futex = peer.make(1024);
    }
}

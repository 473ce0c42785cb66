package org.jfutex.bench;

import org.jfutex.bench.peer.Futex;
import org.jfutex.bench.peer.Peer;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The contenders on which a virtual thread can sleep without holding its carrier. */
@State(Scope.Benchmark)
public class VirtualPeers {

    @Param({"PARK", "LEAST", "JFUTEX", "NAIVE", "CONDITION", "MONITOR"})
    public Peer peer;

    Futex futex;

    @Setup
    public void setUp() {
        futex = peer.make(1024);
    }
}

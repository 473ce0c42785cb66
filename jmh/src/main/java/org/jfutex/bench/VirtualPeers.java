package org.jfutex.bench;

import org.jfutex.bench.peer.Futex;
import org.jfutex.bench.peer.Peer;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Those who can make a virtual thread sleep and let its carrier go. */
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

package org.jfutex.endive;

import java.util.List;
import org.jfutex.FutexTable;
import run.endive.wasm.types.MemoryLimits;

/** The wait and notify of one runtime, for one shared memory. */
record Peer(String name, Wait32 waiting, Notify notifying) {

    /** The instruction memory.atomic.wait32. */
    interface Wait32 {
        int await(int address, int expected, long timeout);
    }

    /** The instruction memory.atomic.notify. */
    interface Notify {
        int notify(int address, int count);
    }

    private static final int PAGES = 32;

    static Peer jfutex() {
        var memory = new EndiveMemory(new FutexTable(), new MemoryLimits(PAGES, PAGES, true));
        return new Peer("jfutex", memory::atomicWait, memory::atomicNotify);
    }

    static Peer endive() {
        var memory = new run.endive.runtime.ByteArrayMemory(new MemoryLimits(PAGES, PAGES, true));
        return new Peer("Endive " + System.getProperty("endive.version"), memory::atomicWait, memory::atomicNotify);
    }

    static Peer chicory() {
        var memory = new com.dylibso.chicory.runtime.ByteArrayMemory(
                new com.dylibso.chicory.wasm.types.MemoryLimits(PAGES, PAGES, true));
        return new Peer("Chicory 1.7.5", memory::atomicWait, memory::atomicNotify);
    }

    static List<Peer> others() {
        return List.of(endive(), chicory());
    }

    @Override
    public String toString() {
        return name;
    }
}

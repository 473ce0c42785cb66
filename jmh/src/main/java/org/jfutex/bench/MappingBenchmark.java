package org.jfutex.bench;

import java.util.SplittableRandom;
import org.jfutex.FutexTable;
import org.jfutex.bench.peer.Futex;
import org.jfutex.bench.peer.Peer;
import org.jfutex.key.Access;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.MemoryFile;
import org.jfutex.memory.OpenFile;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What does a wake without waiters cost when the word is in a shared mapping, so that its VMA must be looked up first?
 *
 * <p>It is measured with few and with many VMAs, and with words in one VMA and in all of them. It is measured alone,
 * and while another thread maps and unmaps in a loop. The limit is a hash and a volatile read of these addresses.
 *
 * <pre>java -jar jmh/target/benchmarks.jar Mapping -prof gc</pre>
 */
public class MappingBenchmark extends Timed {

    private static final long PAGE = 4096;
    private static final long START = 1L << 32;
    private static final long ELSEWHERE = 1L << 40;
    private static final int ADDRESSES = 1 << 16;

    /** The mappings that contain the words. */
    public enum Area {
        /** All in one mapping. */
        SAME,
        /** In any mapping. */
        RANDOM
    }

    @Param({"LOWER_BOUND", "JFUTEX"})
    public Peer peer;

    @Param({"64", "100000"})
    public int vmas;

    @Param
    public Area area;

    private final AddressSpace space = new AddressSpace();
    private final FutexTable table = new FutexTable();
    private final long[] addresses = new long[ADDRESSES];
    private Futex floor; // null if jfutex is measured
    private OpenFile file;

    @Setup
    public void map() {
        floor = peer == Peer.LOWER_BOUND ? peer.make(1) : null;
        file = new MemoryFile("mapped", (vmas + 1) * PAGE).open(Access.WRITE);
        for (int i = 0; i < vmas; i++) {
            space.map(MapRequest.file(file, i, PAGE).shared().at(page(i)));
        }
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < ADDRESSES; i++) {
            int vma = area == Area.SAME ? vmas / 3 : random.nextInt(vmas);
            addresses[i] = page(vma) + 4L * random.nextInt(1024);
        }
    }

    /** Returns the address of a mapping; there are gaps between mappings, so that neighbours are not merged. */
    private static long page(int vma) {
        return START + vma * 2 * PAGE;
    }

    /** The next address. */
    @State(Scope.Thread)
    public static class Turn {
        private int next;

        long address(MappingBenchmark mapping) {
            return mapping.addresses[next++ & ADDRESSES - 1];
        }
    }

    private int wakeAt(long address) {
        return floor != null
                ? floor.wake((int) (address >>> 2), 1)
                : table.wakePublished(space, address, org.jfutex.Scope.SHARED, 1);
    }

    @Benchmark
    public int quiet(Turn turn) {
        return wakeAt(turn.address(this));
    }

    @Benchmark
    @Group("beside")
    public int wake(Turn turn) {
        return wakeAt(turn.address(this));
    }

    @Benchmark
    @Group("beside")
    public void change() {
        space.map(MapRequest.file(file, vmas, PAGE).shared().at(ELSEWHERE));
        space.unmap(ELSEWHERE, PAGE);
    }
}

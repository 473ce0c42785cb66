package org.jfutex.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import org.jfutex.key.WordSize;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.MemoryCursor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * How fast can a guest use an address space as its memory?
 *
 * <p>Words of 32 bits are read and written in direct buffers by a VarHandle (the limit), in a concurrent map of pages
 * (what an emulator writes for itself), by the methods of an address space, by a cursor, and by a cursor in a session.
 * The address space has volatile accesses only. For random words among more pages, add {@code -p pages=100000}.
 *
 * <pre>java -jar jmh/target/benchmarks.jar GuestMemory</pre>
 */
public class GuestMemoryBenchmark extends Timed {

    private static final int PAGE = 4096;
    private static final long START = 1L << 32;
    private static final int BUFFER_SHIFT = 30;
    private static final int ADDRESSES = 1 << 16;
    private static final int SEQUENCE = 64 * PAGE;
    private static final int SLOTS = 2048;
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /** A memory of a guest. */
    public enum Kind {
        RAW,
        PAGE_MAP,
        SPACE,
        CURSOR,
        SESSION
    }

    @Param
    public Kind kind;

    @Param("1000")
    public int pages;

    private final long[] addresses = new long[ADDRESSES];
    private ByteBuffer[] buffers; // RAW
    private final ConcurrentHashMap<Long, ByteBuffer> map = new ConcurrentHashMap<>(); // PAGE_MAP
    private AddressSpace space;

    @Setup
    public void fill() {
        long bytes = (long) pages * PAGE;
        buffers = new ByteBuffer[kind == Kind.RAW ? (int) ((bytes - 1 >>> BUFFER_SHIFT) + 1) : 0];
        for (int i = 0; i < buffers.length; i++) {
            long left = bytes - ((long) i << BUFFER_SHIFT);
            buffers[i] = ByteBuffer.allocateDirect((int) Math.min(1L << BUFFER_SHIFT, left));
        }
        space = new AddressSpace();
        space.map(MapRequest.anonymous(bytes).at(START));
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < ADDRESSES; i++) {
            addresses[i] = (long) random.nextInt(pages) * PAGE + 4L * random.nextInt(1024);
        }
        for (long at = 0; at < bytes && kind != Kind.RAW; at += PAGE) {
            if (kind == Kind.PAGE_MAP) {
                map.put(at, ByteBuffer.allocateDirect(PAGE));
            } else {
                space.store(START + at, 1);
            }
        }
    }

    /** A thread with its cursor and its next address. */
    @State(Scope.Thread)
    public static class Turn {

        private MemoryCursor cursor;
        private boolean inSession;
        private int next;
        private int sequence;
        private long word; // the address that this thread writes when two threads write

        @Setup
        public void open(GuestMemoryBenchmark memory, ThreadParams params) {
            open(memory, params.getThreadIndex());
        }

        void open(GuestMemoryBenchmark memory, int thread) {
            cursor = memory.space.cursor(SLOTS);
            word = 64L * thread;
        }

        @Setup(Level.Iteration)
        public void begin(GuestMemoryBenchmark memory) {
            inSession = memory.kind == Kind.SESSION;
            if (inSession) {
                cursor.begin();
            }
        }

        @TearDown(Level.Iteration)
        public void end() {
            if (inSession) {
                cursor.end();
            }
        }

        long random(GuestMemoryBenchmark memory) {
            return memory.addresses[next++ & ADDRESSES - 1];
        }

        long inSequence() {
            sequence = sequence + 4 & SEQUENCE - 1;
            return sequence;
        }
    }

    private ByteBuffer buffer(long at) {
        return buffers[(int) (at >>> BUFFER_SHIFT)];
    }

    private static int index(long at) {
        return (int) at & (1 << BUFFER_SHIFT) - 1;
    }

    private ByteBuffer page(long at) {
        return map.get(at & -PAGE);
    }

    private int load(Turn turn, long at) {
        return switch (kind) {
            case RAW -> (int) INT.get(buffer(at), index(at));
            case PAGE_MAP -> (int) INT.get(page(at), (int) at & PAGE - 1);
            case SPACE -> space.load(START + at);
            case CURSOR, SESSION -> (int) turn.cursor.load(START + at, WordSize.U32);
        };
    }

    private void store(Turn turn, long at, int value) {
        switch (kind) {
            case RAW -> INT.set(buffer(at), index(at), value);
            case PAGE_MAP -> INT.set(page(at), (int) at & PAGE - 1, value);
            case SPACE -> space.store(START + at, value);
            case CURSOR, SESSION -> turn.cursor.store(START + at, WordSize.U32, value);
        }
    }

    @Benchmark
    public int loadSameWord(Turn turn) {
        return load(turn, 64);
    }

    @Benchmark
    public int loadSequential(Turn turn) {
        return load(turn, turn.inSequence());
    }

    @Benchmark
    public int loadRandom(Turn turn) {
        return load(turn, turn.random(this));
    }

    @Benchmark
    public void storePlain(Turn turn) {
        store(turn, 64, turn.next++);
    }

    @Benchmark
    public void storeRandom(Turn turn) {
        store(turn, turn.random(this), turn.next);
    }

    @Benchmark
    public void storeRelease(Turn turn) {
        switch (kind) {
            case RAW -> INT.setRelease(buffer(64), 64, turn.next++);
            case PAGE_MAP -> INT.setRelease(page(64), 64, turn.next++);
            case SPACE -> space.store(START + 64, turn.next++);
            case CURSOR, SESSION -> turn.cursor.storeRelease(START + 64, WordSize.U32, turn.next++);
        }
    }

    @Benchmark
    public int compareAndExchange(Turn turn) {
        return switch (kind) {
            case RAW -> (int) INT.compareAndExchange(buffer(64), 64, turn.next, ++turn.next);
            case PAGE_MAP -> (int) INT.compareAndExchange(page(64), 64, turn.next, ++turn.next);
            case SPACE -> space.compareAndExchange(START + 64, turn.next, ++turn.next);
            case CURSOR, SESSION ->
                (int) turn.cursor.compareAndExchange(START + 64, WordSize.U32, turn.next, ++turn.next);
        };
    }

    /** Two threads write different words of one page. */
    @Benchmark
    @Threads(2)
    public void twoWriteOnePage(Turn turn) {
        store(turn, turn.word * 2, turn.next++);
    }

    /** Two threads write words of different pages. */
    @Benchmark
    @Threads(2)
    public void twoWriteTwoPages(Turn turn) {
        store(turn, turn.word * 64, turn.next++);
    }
}

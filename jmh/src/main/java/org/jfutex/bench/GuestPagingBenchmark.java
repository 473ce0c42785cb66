package org.jfutex.bench;

import java.nio.ByteBuffer;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.Protection;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What do page faults and changes of mappings cost, for each page, beside the copy of a page?
 *
 * <p>Each operation works on 256 pages.
 *
 * <pre>java -jar jmh/target/benchmarks.jar GuestPaging</pre>
 */
public class GuestPagingBenchmark extends Timed {

    private static final int PAGE = 4096;
    private static final int PAGES = 256;
    private static final long BYTES = (long) PAGES * PAGE;
    private static final long START = 1L << 32;

    private final ByteBuffer from = ByteBuffer.allocateDirect((int) BYTES);
    private final ByteBuffer to = ByteBuffer.allocateDirect((int) BYTES);

    /** A space whose pages were never accessed. */
    @State(Scope.Thread)
    public static class Untouched {
        private AddressSpace space;

        @Setup(Level.Invocation)
        public void map() {
            space = mapped();
        }
    }

    /** A space whose pages were written. */
    @State(Scope.Thread)
    public static class Touched {
        private AddressSpace space;

        @Setup(Level.Invocation)
        public void map() {
            space = written();
        }
    }

    /** A space whose pages were written and then swapped out. */
    @State(Scope.Thread)
    public static class Swapped {
        private AddressSpace space;

        @Setup(Level.Invocation)
        public void map() {
            space = written();
            space.swapOut(START, BYTES);
        }
    }

    /** A space with a child that shares its pages. */
    @State(Scope.Thread)
    public static class Forked {
        private AddressSpace space;
        private AddressSpace child; // keeps the pages shared

        @Setup(Level.Invocation)
        public void fork() {
            space = written();
            child = space.fork();
        }
    }

    private static AddressSpace mapped() {
        AddressSpace space = new AddressSpace();
        space.map(MapRequest.anonymous(BYTES).at(START));
        return space;
    }

    private static AddressSpace written() {
        AddressSpace space = mapped();
        storeAll(space);
        return space;
    }

    private static void storeAll(AddressSpace space) {
        for (long at = START; at < START + BYTES; at += PAGE) {
            space.store(at, 1);
        }
    }

    private static int loadAll(AddressSpace space) {
        int sum = 0;
        for (long at = START; at < START + BYTES; at += PAGE) {
            sum += space.load(at);
        }
        return sum;
    }

    /** The limit: copies the pages, one by one. */
    @Benchmark
    @OperationsPerInvocation(PAGES)
    public void copyOfPage() {
        for (int at = 0; at < BYTES; at += PAGE) {
            to.put(at, from, at, PAGE);
        }
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public int readFault(Untouched untouched) {
        return loadAll(untouched.space);
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public void writeFault(Untouched untouched) {
        storeAll(untouched.space);
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public void copyOnWrite(Forked forked) {
        storeAll(forked.space);
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public AddressSpace fork(Touched touched) {
        return touched.space.fork();
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public int swapOut(Touched touched) {
        return touched.space.swapOut(START, BYTES);
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public int swapIn(Swapped swapped) {
        return loadAll(swapped.space);
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public void protect(Touched touched) {
        touched.space.protect(START, BYTES, Protection.READ);
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public void unmap(Touched touched) {
        touched.space.unmap(START, BYTES);
    }
}

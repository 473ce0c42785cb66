package org.jfutex.bench.peer;

import java.util.function.IntFunction;

/** The contenders of the benchmarks: lower bounds, jfutex, and others. */
public enum Peer {
    /** Lower bound: a hash and a volatile read. It never sleeps. */
    LOWER_BOUND(LowerBound::new),
    /** Lower bound with argument checks and a salted hash. It never sleeps. */
    LOWER_BOUND_CHECKED(LowerBound.Checked::new),
    /** Lower bound with a full fence, a hash and a volatile read. It never sleeps. */
    LOWER_BOUND_FENCED(LowerBound.Fenced::new),
    /** Volatile accesses and a wake that does nothing. */
    STORE_ONLY(LowerBound.Nothing::new),
    /** Bare park and unpark of known threads. */
    PARK(BarePark::new),
    /** The minimal futex: a preallocated lock, list and flag for each word. */
    LEAST(MinimalFutex::new),
    /** {@link org.jfutex.FutexTable}. */
    JFUTEX(TableFutex.Private::new),
    /** A {@link org.jfutex.FutexTable} with {@code wakePublished}. */
    JFUTEX_PUBLISHED(TableFutex.Published::new),
    /** A {@link org.jfutex.FutexTable} with {@link org.jfutex.SpinPolicy#NONE}. */
    JFUTEX_NONE(TableFutex.Parking::new),
    /** A {@link org.jfutex.FutexTable} with precise deadlines. */
    JFUTEX_PRECISE(TableFutex.Precise::new),
    /** A {@link org.jfutex.FutexTable} with shared keys of a flat memory. */
    JFUTEX_SHARED(TableFutex.Shared::new),
    /** A concurrent map to locks with conditions. */
    NAIVE(NaiveTable::new),
    /** A {@code ReentrantLock} and a {@code Condition}. */
    CONDITION(ConditionFutex::new),
    /** {@code Object.wait}. */
    MONITOR(MonitorFutex::new),
    /** futex(2), private. */
    KERNEL(words -> new KernelFutex(words, false)),
    /** futex(2), shared. */
    KERNEL_SHARED(words -> new KernelFutex(words, true)),
    /** Endive's shared memory. */
    ENDIVE(EndiveFutex::new),
    /** Chicory's shared memory. */
    CHICORY(ChicoryFutex::new);

    private final IntFunction<Futex> maker;

    Peer(IntFunction<Futex> maker) {
        this.maker = maker;
    }

    /** Returns whether this JVM can run the contender. */
    public boolean isAvailable() {
        return (this != KERNEL && this != KERNEL_SHARED) || Native.isAvailable();
    }

    /** Creates a futex with this many words. */
    public Futex make(int words) {
        return maker.apply(words);
    }

    /**
     * Creates a futex with one earlier wait on each word. That shows the cost of tables that never remove an address.
     */
    public Futex makeUsed(int words) throws InterruptedException {
        Futex futex = make(words);
        if (isTable()) {
            for (int i = 0; i < words; i++) {
                futex.await(i, 0, 0);
            }
        }
        return futex;
    }

    private boolean isTable() {
        return switch (this) {
            case JFUTEX, JFUTEX_PUBLISHED, JFUTEX_SHARED, NAIVE, ENDIVE, CHICORY -> true;
            default -> false;
        };
    }
}

package org.jfutex.bench.peer;

import java.util.function.IntFunction;

/** Who is measured: the floors, ourselves, and everybody else. */
public enum Peer {
    /** A hash and a volatile read; it never sleeps. */
    FLOOR(LowerBound::new),
    /** The floor with the refusals and the hash that our promises ask for; it never sleeps. */
    FLOOR_REFUSING(LowerBound.Refusing::new),
    /** A full fence, a hash and a volatile read; it never sleeps. */
    FLOOR_FENCED(LowerBound.Fenced::new),
    /** Volatile accesses, and a wake that does nothing. */
    STORE_ONLY(LowerBound.Nothing::new),
    /** Bare park and unpark of threads that are known. */
    PARK(BarePark::new),
    /** A lock, a list and a flag for each word, made in advance. */
    LEAST(MinimalFutex::new),
    /** {@link org.jfutex.FutexTable}. */
    JFUTEX(TableFutex.Private::new),
    /** The same with {@code wakePublished}. */
    JFUTEX_PUBLISHED(TableFutex.Published::new),
    /** A {@link org.jfutex.FutexTable} with {@link org.jfutex.SpinPolicy#NONE}. */
    JFUTEX_NONE(TableFutex.Parking::new),
    /** The same with precise deadlines. */
    JFUTEX_PRECISE(TableFutex.Precise::new),
    /** The same with shared keys of a flat memory. */
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

    /** Whether this JVM can run it. */
    public boolean isAvailable() {
        return (this != KERNEL && this != KERNEL_SHARED) || Native.isAvailable();
    }

    /** A futex of so many words. */
    public Futex make(int words) {
        return maker.apply(words);
    }

    /** A futex on whose every word somebody has waited once: tables that never forget an address show it. */
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

package org.jfutex.explore;

import java.lang.StackWalker.Option;
import java.util.Arrays;
import java.util.BitSet;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;
import org.jfutex.memory.WordMemory;
import org.jspecify.annotations.Nullable;

/**
 * A small memory. Each access by a guest's code is a step, and so is each operation of the table on one of its words.
 *
 * <p>One thread at a time accesses it, the holder of the {@link Baton}.
 */
final class ExploredMemory implements WordMemory {

    /*
     * An access begins a step, so another guest may run before it, unless the table performs it under a lock: a guest
     * that gave way there would block the others. The calling class shows which:
     *
     *     caller                               the access
     *     no class of org.jfutex               begins a step
     *     Wait                                 begins a step: the comparison without the lock
     *     Preconditions: isUserAddress         begins a step: an operation on a private word, before its lock
     *     any but WaiterDump: sharedKey        begins a step: an operation on a shared word, before its lock
     *     another class of org.jfutex          is a part of the operation that has begun
     *
     * The operations of Guest begin their steps themselves.
     *
     * To find the calling class is slow. A run that repeats the decisions of the run before makes the same accesses, so
     * it reads what that run has noted.
     */

    private static final StackWalker CALLER = StackWalker.getInstance(Option.RETAIN_CLASS_REFERENCE);
    private static final String TABLE_PACKAGE = "org.jfutex";

    private final Execution execution;
    private final int[] words;

    /** The number of words up to the last one that was accessed in this run. */
    private int used;

    /** Counts the writes that changed a word. */
    private long changes;

    /** The number of accesses of guests in this run, and which of them have begun a step. */
    private int accesses;

    private final BitSet begun = new BitSet();

    ExploredMemory(Execution execution, int bytes) {
        this.execution = execution;
        this.words = new int[bytes / Integer.BYTES];
    }

    // ---- for the explorer: these accesses are no steps

    void reset() {
        Arrays.fill(words, 0, used, 0);
        used = 0;
        changes = 0;
        accesses = 0;
    }

    int size() {
        return words.length * Integer.BYTES;
    }

    long changes() {
        return changes;
    }

    int used() {
        return used;
    }

    long fingerprint(long hash) {
        long h = hash;
        for (int i = 0; i < used; i++) {
            h = Mix.add(h, words[i]);
        }
        return h;
    }

    int get(long address) {
        return words[index(address, Access.READ)];
    }

    void set(long address, int value) {
        int i = index(address, Access.WRITE);
        if (words[i] != value) {
            words[i] = value;
            changes++;
        }
    }

    private int index(long address, Access access) {
        checkAligned(address, Integer.BYTES);
        long i = address >>> 2;
        if (i >= words.length) {
            throw new MemoryFaultException(address, access);
        }
        used = Math.max(used, (int) i + 1);
        return (int) i;
    }

    private static void checkAligned(long address, int bytes) {
        if ((address & (bytes - 1)) != 0) {
            throw new IllegalArgumentException(
                    "address 0x" + Long.toHexString(address) + " is not a multiple of " + bytes);
        }
    }

    private long get(long address, WordSize size) {
        checkAligned(address, size.bytes());
        if (size == WordSize.U64) {
            return Integer.toUnsignedLong(get(address)) | (long) get(address + 4) << 32;
        }
        return get(address & ~3L) >>> shift(address) & size.mask();
    }

    private void set(long address, WordSize size, long value) {
        checkAligned(address, size.bytes());
        if (size == WordSize.U64) {
            get(address + 4); // fault before the first write
            set(address, (int) value);
            set(address + 4, (int) (value >>> 32));
        } else {
            int mask = (int) size.mask() << shift(address);
            set(address & ~3L, get(address & ~3L) & ~mask | (int) value << shift(address) & mask);
        }
    }

    private static int shift(long address) {
        return 8 * (int) (address & 3);
    }

    // ---- for guests

    /**
     * Begins the step of an access by a class, if it begins one; returns whether it does. The class is null if an
     * earlier run has found out.
     */
    private boolean begin(@Nullable Class<?> caller) {
        boolean begins = caller == null
                ? begun.get(accesses)
                : !isTable(caller) || caller.getSimpleName().equals("Wait");
        if (note(begins)) {
            ThreadActor actor = execution.hooked();
            if (actor != null) {
                execution.reach(actor);
            }
        }
        return begins;
    }

    /** Returns whether the present access was made by an earlier run that has taken the same decisions. */
    private boolean isKnown() {
        return execution.isReplaying();
    }

    private boolean note(boolean begins) {
        begun.set(accesses++, begins);
        return begins;
    }

    private static boolean isTable(Class<?> caller) {
        return caller.getPackageName().equals(TABLE_PACKAGE);
    }

    /** Notes a value that the guest's code reads, itself or by an operation of the table. */
    private int seen(int value) {
        Actor actor = execution.hooked();
        if (actor != null) {
            actor.observe(value);
        }
        return value;
    }

    private long seen(long value) {
        Actor actor = execution.hooked();
        if (actor != null) {
            actor.observe(value);
        }
        return value;
    }

    private void record(boolean own, String text, long address, @Nullable Object... values) {
        Recorder recorder = execution.recorder();
        Actor actor = execution.hooked();
        if (own && recorder != null && actor != null) {
            recorder.access(actor, text, address, values);
        }
    }

    @Override
    public int load(long address) {
        boolean own = execution.hooked() != null && begin(isKnown() ? null : CALLER.getCallerClass());
        int value = seen(get(address));
        record(own, "loads %s: %s", address, value);
        return value;
    }

    @Override
    public void store(long address, int value) {
        boolean own = execution.hooked() != null && begin(isKnown() ? null : CALLER.getCallerClass());
        set(address, value);
        record(own, "stores %s = %s", address, value);
    }

    @Override
    public int compareAndExchange(long address, int expected, int desired) {
        boolean own = execution.hooked() != null && begin(isKnown() ? null : CALLER.getCallerClass());
        int before = get(address);
        if (before == expected) {
            set(address, desired);
        }
        seen(before);
        if (before == expected) {
            record(own, "replaces %s: %s by %s", address, expected, desired);
        } else {
            record(own, "expects %s = %s, finds %s", address, expected, before);
        }
        return before;
    }

    @Override
    public int getAndSet(long address, int value) {
        boolean own = execution.hooked() != null && begin(isKnown() ? null : CALLER.getCallerClass());
        int before = seen(get(address));
        set(address, value);
        record(own, "exchanges %s: %s by %s", address, before, value);
        return before;
    }

    @Override
    public int getAndAdd(long address, int delta) {
        boolean own = execution.hooked() != null && begin(isKnown() ? null : CALLER.getCallerClass());
        int before = seen(get(address));
        set(address, before + delta);
        record(own, "adds to %s: %s + %s", address, before, delta);
        return before;
    }

    @Override
    public long loadLong(long address) {
        boolean own = execution.hooked() != null && begin(isKnown() ? null : CALLER.getCallerClass());
        return seen(get(address, WordSize.U64));
    }

    @Override
    public long load(long address, WordSize size) {
        boolean own = execution.hooked() != null && begin(isKnown() ? null : CALLER.getCallerClass());
        long value = seen(get(address, size));
        record(own, "loads %s: %s", address, value);
        return value;
    }

    @Override
    public void store(long address, WordSize size, long value) {
        boolean own = execution.hooked() != null && begin(isKnown() ? null : CALLER.getCallerClass());
        set(address, size, value);
        record(own, "stores %s = %s", address, value);
    }

    @Override
    public long compareAndExchange(long address, WordSize size, long expected, long desired) {
        boolean own = execution.hooked() != null && begin(isKnown() ? null : CALLER.getCallerClass());
        long before = seen(get(address, size));
        if (before == expected) {
            set(address, size, desired);
        }
        record(own, "compares %s, which holds %s, with %s, to write %s", address, before, expected, desired);
        return before;
    }

    @Override
    public long getAndSet(long address, WordSize size, long value) {
        boolean own = execution.hooked() != null && begin(isKnown() ? null : CALLER.getCallerClass());
        long before = seen(get(address, size));
        set(address, size, value);
        record(own, "exchanges %s: %s by %s", address, before, value);
        return before;
    }

    @Override
    public long getAndAdd(long address, WordSize size, long delta) {
        boolean own = execution.hooked() != null && begin(isKnown() ? null : CALLER.getCallerClass());
        long before = seen(get(address, size));
        set(address, size, before + delta);
        record(own, "adds to %s: %s + %s", address, before, delta);
        return before;
    }

    // ---- the operations of a table begin here

    @Override
    public boolean isUserAddress(long address) {
        beginOperation(address);
        return address >= 0 && address < size();
    }

    @Override
    public FutexKey sharedKey(long address, Access access) {
        if (execution.hooked() != null && note(isKnown() ? begun.get(accesses) : isEntry(CALLER.getCallerClass()))) {
            beginOperation(address);
        }
        get(address & ~3L);
        return new AnonymousKey(this, address);
    }

    @Override
    public long sharedHash(long address, Access access) {
        beginOperation(address);
        get(address & ~3L);
        return new AnonymousKey(this, address).hash();
    }

    @Override
    public long hashSeed() {
        return 0x2545_F491_4F6C_DD1DL;
    }

    private static boolean isEntry(Class<?> caller) {
        return !caller.getName().contains(".WaiterDump");
    }

    private void beginOperation(long address) {
        ThreadActor actor = execution.hooked();
        if (actor != null) {
            execution.reach(actor);
            actor.observe(execution.queues()); // what the operation returns depends on these
            execution.tableUsed();
            record(true, "calls the table for %s", address);
        }
    }

    @Override
    public String toString() {
        return "explored memory";
    }
}

package org.jfutex;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/**
 * A wait on several words that ends when one of them is woken: futex_waitv(2).
 *
 * <p>It has an entry of its own in every word's queue. A wake counts entries, so one wait may absorb several wakes.
 */
final class WaitvWait extends PreparedWait {

    /** An entry in one of the queues. */
    static final class Entry extends Waiter {

        private final WaitvWait wait;

        /**
         * Whether the end of this entry determined the result of the wait. Written under the bucket's lock, then read
         * by the thread that ended the entry.
         */
        private boolean decided;

        Entry(WaitvWait wait, WaitWord word, int priority) {
            super(word.expected(), new WaitOptions(word.size(), WaitOptions.MATCH_ANY, priority));
            this.wait = wait;
        }

        @Override
        FutexMemory memory(WaitQueue q) {
            return wait.memory;
        }

        @Override
        boolean isFullyQueued() {
            return wait.whole;
        }

        @Override
        void endLocked(WaitQueue q, WaitResult how) {
            decided = how != WaitResult.WOKEN && wait.decide(how);
            super.endLocked(q, how);
        }

        @Override
        boolean hasEndedWait() {
            return decided && !wait.isWoken();
        }

        @Override
        WaitvWait pendingWait() {
            return wait;
        }

        @Override
        @Nullable
        Callback<?> notifyThread() {
            return wait.notifyThread();
        }

        @Override
        @Nullable
        Thread sleeper() {
            return wait.sleeper();
        }
    }

    /** The maximum number of words: FUTEX_WAITV_MAX. */
    static final int MAX_WORDS = 128;

    private static final VarHandle DECISION;
    private static final VarHandle ENDED;

    static {
        try {
            DECISION = MethodHandles.lookup().findVarHandle(WaitvWait.class, "decision", WaitResult.class);
            ENDED = MethodHandles.lookup().findVarHandle(WaitvWait.class, "ended", WaitResult.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final TableState table;
    private final FutexMemory memory;
    final Entry[] entries;

    /**
     * Whether all entries are queued. No other thread may see the wait before: if it ended the wait then, it would miss
     * the entries that are queued later.
     */
    private volatile boolean whole;

    /**
     * The result of the wait, unless a wake of one of its words comes first; null until an operation sets it. The first
     * operation that ends an entry other than by a wake sets it before it ends the entry. So exactly one of several
     * such operations has ended the wait.
     */
    private volatile @Nullable WaitResult decision;

    /** How the wait ended, null while it lasts; set once. */
    private volatile @Nullable WaitResult ended;

    private WaitvWait(Buckets table, FutexMemory memory, List<WaitWord> words, int priority) {
        this.table = table;
        this.memory = memory;
        this.entries = new Entry[words.size()];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = new Entry(this, words.get(i), priority);
        }
    }

    /** Checks all words and resolves their keys, then queues an entry for each until a value differs. */
    static WaitvWait prepare(Buckets table, FutexMemory memory, List<WaitWord> words, int priority) {
        int size = words.size();
        if (size < 1 || size > MAX_WORDS) {
            throw new IllegalArgumentException("a wait on " + size + " words, not 1 to " + MAX_WORDS);
        }
        FutexKey[] keys = new FutexKey[size];
        for (int i = 0; i < size; i++) {
            WaitWord word = words.get(i);
            keys[i] = table.key(memory, word.address(), word.scope(), word.size(), Access.READ);
        }
        WaitvWait wait = new WaitvWait(table, memory, words, priority);
        StackGuard.checkDeep(); // reserves stack for leaving the queues, too
        try {
            for (int i = 0; i < size; i++) {
                long address = words.get(i).address();
                if (!Wait.enqueue(table, wait.entries[i], memory, address, keys[i], table.hash(keys[i]))) {
                    wait.tryEnd(WaitResult.VALUE_DIFFERS);
                    break;
                }
            }
        } catch (Throwable e) {
            wait.tryEnd(WaitResult.CANCELLED);
            if (wait.ended != WaitResult.WOKEN) { // if woken, the wake counts as earlier than the fault, as in Linux
                throw e;
            }
        }
        wait.whole = true;
        WaitResult decision = wait.decision; // read after the write of "whole": see isWoken
        if (decision != null && wait.ended == null) {
            wait.tryEnd(decision);
        }
        return wait;
    }

    @Override
    TableState table() {
        return table;
    }

    @Override
    boolean watch() {
        return entries[0].watch(this);
    }

    @Override
    void countSleep() {
        entries[0].countSleep();
    }

    @Override
    @Nullable
    WaitResult ended() {
        return ended(true);
    }

    @Override
    @Nullable
    WaitResult endedForNotification() {
        return ended(false);
    }

    private @Nullable WaitResult ended(boolean asksForRoom) {
        WaitResult end = ended;
        if (end != null) {
            return end;
        }
        for (Entry e : entries) {
            WaitResult one = e.ended();
            if (one != null) {
                if (asksForRoom) {
                    StackGuard.check();
                }
                tryEnd(one == WaitResult.WOKEN ? WaitResult.CANCELLED : one); // no wake has chosen any of the others
                return ended;
            }
        }
        return null;
    }

    private boolean decide(WaitResult how) {
        return decision == null && DECISION.compareAndSet(this, null, how);
    }

    /**
     * Leaves all queues first, so that the entries' results are final, and a wake in any of them takes precedence.
     */
    @Override
    void tryEnd(WaitResult how) {
        decide(how);
        for (Entry e : entries) {
            e.tryEnd(how);
        }
        ENDED.compareAndSet(this, null, wokenIndex() >= 0 ? WaitResult.WOKEN : decision);
    }

    /**
     * Returns whether a wake has ended this wait, after another operation has ended an entry of it. To decide that, the
     * remaining entries leave their queues first.
     *
     * <p>If the wait is still being prepared, the preparing thread removes them, since it reads the decision after it
     * has set {@link #whole}. Then only the wakes that have arrived by now are considered.
     */
    private boolean isWoken() {
        return whole ? ended(false) == WaitResult.WOKEN : wokenIndex() >= 0;
    }

    @Override
    public int forwardWake() {
        int count = 0;
        for (Entry e : entries) {
            count += e.forwardWake();
        }
        return count;
    }

    @Override
    String describeKeys() {
        return Arrays.stream(entries).map(Waiter::describeKeys).collect(Collectors.joining(", "));
    }

    @Override
    public String toString() {
        return "futex wait on any of " + describeKeys();
    }

    /** Returns the highest index of a woken entry, as Linux does; -1 if there is none. */
    @Override
    int wokenIndex() {
        int i = entries.length - 1;
        while (i >= 0 && entries[i].ended() != WaitResult.WOKEN) {
            i--;
        }
        return i;
    }
}

package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A page of 4096 bytes, which may be swapped out. {@link HostPage} shows a part of a host file. */
class Page {

    /*
     * Access protocol.
     *
     * A load does not announce itself: it reads the reference to the bytes and then the word. If the page was copied,
     * swapped out or discarded in between, the bytes still have their old contents, because the garbage collector
     * prevents their reuse while the load refers to them. So the load happened at the moment when it read the
     * reference.
     *
     * A write announces itself: enter, write, leave. An operation on the page as a whole freezes it, waits until all
     * writers have left, and thaws it afterwards. So each write happens wholly before or wholly after a copy, a
     * swap-out or a discard, and is never lost. Between enter and leave, a writer does nothing that could wait. A
     * cursor stays inside between its accesses, and the thread that freezes the page then leaves it in its place (see
     * HeldPages).
     *
     *     state    bit 31      frozen: an operation on the page as a whole is in progress; this bit is a lock
     *              bit 30      shared: since a fork, several address spaces have this page; it is never written again
     *              bits 0-29   the number of writers that have entered, or have incremented it and will see that they
     *                          must not write
     *
     *     bytes    slot        the page is
     *     set      null        resident
     *     null     set         in the swap
     *     null     null        discarded: truncated or punched out of its file; get the page from the file again
     */

    private static final int FROZEN = 1 << 31;
    private static final int SHARED = 1 << 30;
    private static final int WRITERS = SHARED - 1;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup()
                    .findVarHandle(Page.class, "state", int.class)
                    .withInvokeExactBehavior();
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The page of all untouched private memory: zeroes, never written. */
    static final Page ZERO = new Page(zeroes(), true, false);

    static {
        ZERO.share();
    }

    /** Whether this page belongs to address spaces and not to a file. */
    final boolean anonymous;

    private final boolean swappable;
    private volatile int state;
    private volatile @Nullable ByteBuffer bytes; // written while frozen
    private SwapStore.@Nullable Slot slot; // accessed while frozen

    Page(@Nullable ByteBuffer bytes, boolean anonymous, boolean swappable) {
        this.bytes = bytes;
        this.anonymous = anonymous;
        this.swappable = swappable;
    }

    static Page anonymous(ByteBuffer bytes) {
        return new Page(bytes, true, true);
    }

    static Page ofFile(ByteBuffer bytes) {
        return new Page(bytes, false, true);
    }

    static ByteBuffer zeroes() {
        return ByteBuffer.allocateDirect(Addresses.PAGE_SIZE);
    }

    /**
     * Returns the bytes if the page is resident and loads need not enter it, else null. For loads, which need no
     * freeze.
     */
    @Nullable
    ByteBuffer bytes() {
        return bytes;
    }

    /** Returns whether the bytes extend to an end in the page; true if the page is not resident. */
    boolean reaches(int end) {
        ByteBuffer b = bytes;
        return b == null || end <= b.capacity();
    }

    /** Returns whether the page is resident and its bytes extend to an end in it. */
    boolean holds(int end) {
        ByteBuffer b = bytes();
        return b != null && end <= b.capacity();
    }

    /** Returns the bytes, for a writer that has entered the page and seen that it is resident. */
    ByteBuffer bytesWithin() {
        return requireNonNull(bytes);
    }

    // ---- writers

    /** Announces a write. Returns false, without announcing it, if the page is frozen or must not be written. */
    boolean enter() {
        int before = (int) STATE.getAndAdd(this, 1);
        if ((before & (FROZEN | SHARED)) == 0) {
            return true;
        }
        leave();
        return false;
    }

    void leave() {
        int ignored = (int) STATE.getAndAdd(this, -1);
    }

    // ---- the page as a whole

    /** Keeps writers out and waits until all have left. At most one thread at a time freezes a page. */
    void freeze() {
        int turn = 0;
        while (((int) STATE.getAndBitwiseOr(this, FROZEN) & FROZEN) != 0) {
            HeldPages.release(this); // the other freezer may wait for a cursor of this thread
            turn = pause(turn);
        }
        while ((state & WRITERS) != 0) {
            HeldPages.release(this);
            turn = pause(turn);
        }
    }

    void thaw() {
        int ignored = (int) STATE.getAndBitwiseAnd(this, ~FROZEN);
    }

    /** Waits until every writer that had entered has left. */
    void drain() {
        freeze();
        thaw();
    }

    /** Waits until the page is not frozen. */
    void awaitThaw() {
        for (int turn = 0; isFrozen(); ) {
            HeldPages.release(this); // the freezer may wait for a cursor of this thread
            turn = pause(turn);
        }
    }

    boolean isFrozen() {
        return (state & FROZEN) != 0;
    }

    @SuppressWarnings("ThreadPriorityCheck") // a hint; correctness does not depend on it
    static int pause(int turn) {
        if (turn < 100) {
            Thread.onSpinWait();
        } else if (turn < 200) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(50_000); // the other thread has lost its processor, or reads from a disk
        }
        return turn + 1;
    }

    /** Forbids all further writes to this page. The caller must still wait for writers that have entered. */
    void share() {
        int ignored = (int) STATE.getAndBitwiseOr(this, SHARED);
    }

    boolean isShared() {
        return (state & SHARED) != 0;
    }

    /** Returns the bytes, swapped in if necessary; null if the page was discarded. The caller has frozen the page. */
    @Nullable
    ByteBuffer swapInFrozen() {
        SwapStore.Slot from = slot;
        if (from != null) {
            ByteBuffer back = zeroes();
            from.read(back);
            bytes = back;
            slot = null;
            from.free();
        }
        return bytes;
    }

    /** Makes the page resident if it is swapped out. Returns false if the page was discarded. */
    boolean swapIn() {
        if (bytes != null) {
            return true;
        }
        freeze();
        try {
            return swapInFrozen() != null;
        } finally {
            thaw();
        }
    }

    /**
     * Writes the page to the swap and releases its memory. Returns false if the page was not resident or cannot be
     * swapped.
     */
    boolean swapOut(SwapStore store) {
        if (!swappable || bytes == null) {
            return false;
        }
        freeze();
        try {
            ByteBuffer out = bytes;
            if (out == null) {
                return false;
            }
            slot = store.write(out, this);
            bytes = null;
            return true;
        } finally {
            thaw();
        }
    }

    /** Releases the bytes for good, because the file no longer has this page. */
    void discard() {
        freeze();
        try {
            bytes = null;
            if (slot != null) {
                slot.free();
                slot = null;
            }
        } finally {
            thaw();
        }
    }

    /** Returns a private copy; null if this page was discarded. The caller has frozen the page. */
    @Nullable
    Page copyFrozen() {
        ByteBuffer from = swapInFrozen();
        if (from == null) {
            return null;
        }
        ByteBuffer to = zeroes();
        to.put(0, from, 0, from.capacity());
        return anonymous(to);
    }

    @Override
    public String toString() {
        return (anonymous ? "anonymous page @" : "file page @") + Integer.toHexString(hashCode());
    }
}

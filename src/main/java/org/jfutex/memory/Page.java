package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A page: 4096 bytes, or fewer at the end of a host file, or for the moment only a place in the swap. Not final: tests stall it. */
class Page {

    /*
     * Who may do what.
     *
     * A load does not announce itself: it reads the reference to the bytes and then the word. The bytes of a page that was copied,
     * pushed out or discarded in between still hold what they held (the garbage collector sees to it that they are never anybody
     * else's), so the load happened at the moment when it read the reference.
     *
     * A write announces itself: enter, write, leave. Whoever wants to do something with the page as a whole freezes it, waits until
     * all writers have left, and thaws it afterwards. A write thus falls wholly before or wholly after a copy, a push-out or a
     * discard, and is never lost between. Between enter and leave a writer does nothing that could wait.
     *
     *     state    bit 31      frozen: somebody works on the page as a whole; a lock
     *              bit 30      shared: two address spaces have it since a fork; nobody may write it ever again
     *              bits 0-29   writers within, and some who are about to notice that they must not
     *
     *     bytes    slot        the page is
     *     set      null        resident
     *     null     set         in the swap
     *     null     null        discarded: cut off or punched out of its file; ask the file again
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

    /** What all untouched private memory reads: one page, never written. */
    static final Page ZERO = new Page(zeroes(), true, false);

    static {
        ZERO.share();
    }

    /** Belongs to address spaces alone and not to a file. */
    final boolean anonymous;

    private final boolean swappable;
    private volatile int state;
    private volatile @Nullable ByteBuffer bytes; // written while frozen
    private SwapStore.@Nullable Slot slot; // guarded by being frozen

    Page(ByteBuffer bytes, boolean anonymous, boolean swappable) {
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

    static Page ofHostFile(ByteBuffer bytes) {
        return new Page(bytes, false, false);
    }

    static ByteBuffer zeroes() {
        return ByteBuffer.allocateDirect(Mm.PAGE_SIZE);
    }

    /** The bytes if they are resident; for a load, which takes what it gets. */
    @Nullable
    ByteBuffer bytes() {
        return bytes;
    }

    /** Whether the bytes reach up to a place in the page, as far as they are resident. */
    boolean reaches(int end) {
        ByteBuffer b = bytes;
        return b == null || end <= b.capacity();
    }

    /** The bytes, for a writer who has entered and found them to be there. */
    ByteBuffer bytesWithin() {
        return requireNonNull(bytes);
    }

    // ---- writers

    /** Announces a write. If false, nothing was announced: somebody works on the page, or it must not be written. */
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

    /** Keeps writers out and waits until all have left. Also a lock among those who freeze. */
    void freeze() {
        int turn = 0;
        while (((int) STATE.getAndBitwiseOr(this, FROZEN) & FROZEN) != 0) {
            turn = pause(turn);
        }
        while ((state & WRITERS) != 0) {
            turn = pause(turn);
        }
    }

    void thaw() {
        int ignored = (int) STATE.getAndBitwiseAnd(this, ~FROZEN);
    }

    /** Returns when every writer who was within has left. */
    void drain() {
        freeze();
        thaw();
    }

    /** Returns when nobody works on the page. */
    void awaitThaw() {
        for (int turn = 0; isFrozen(); ) {
            turn = pause(turn);
        }
    }

    boolean isFrozen() {
        return (state & FROZEN) != 0;
    }

    @SuppressWarnings("ThreadPriorityCheck") // a hint; correctness does not depend on it
    private static int pause(int turn) {
        if (turn < 100) {
            Thread.onSpinWait();
        } else if (turn < 200) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(50_000); // the other one has lost its processor, or reads from a disk
        }
        return turn + 1;
    }

    /** Nobody may write this page any more. Writers within are still to be waited for. */
    void share() {
        int ignored = (int) STATE.getAndBitwiseOr(this, SHARED);
    }

    boolean isShared() {
        return (state & SHARED) != 0;
    }

    /** The bytes, from the swap if need be; null if the page was discarded. The caller has frozen the page. */
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

    /** Makes the page resident if it is in the swap. False if it was discarded. */
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

    /** Writes the page to the swap and lets go of its memory. False if there was nothing to let go of. */
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

    /** Lets go of the bytes for good: a file no longer has this page. */
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

    /** Shows other bytes of the same content, of which there are more. The caller has frozen the page. */
    void rebaseFrozen(ByteBuffer longer) {
        bytes = longer;
    }

    /** A private copy as of now. Null if this page was discarded. The caller has frozen it. */
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

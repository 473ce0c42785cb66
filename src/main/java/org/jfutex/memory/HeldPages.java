package org.jfutex.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/** The pages that one cursor has entered and not left yet, and the register of all cursors that hold pages. */
final class HeldPages {

    /*
     * A cursor enters a page (see Page) when it first writes to it, and stays inside for later writes. So later writes
     * do not announce themselves one by one. An operation that freezes the page finds that it has a writer, and asks
     * the cursors for it.
     *
     * The gate is a lock with three states. Its holder alone reads and writes the slots.
     *
     *     FREE       no thread works with the held pages
     *     OWNED      the owner writes through them: for one access, or from begin to end of a session
     *     TAKING     another thread removes a page
     *     CLOSED     the cursor was closed: it is not in the register, so it must hold no page
     *
     *     FREE -> OWNED -> FREE          the owner: one access, or a session
     *     FREE -> TAKING -> FREE         a freezer, if the owner is between accesses: it may sleep
     *     OWNED -> TAKING -> OWNED       a freezer that is the owner itself, if it is in a session, or a freezer that
     *                                    finds that the owner has died in its session
     *     FREE or OWNED -> TAKING -> CLOSED   the end of the cursor
     *
     * No write is lost, and none comes late:
     *
     *     owner                                    freezer
     *     (A) gate: FREE -> OWNED                  (C) mark the page as frozen
     *     (B) the page is in a slot: write         (D) until the page has no writers:
     *         otherwise enter it first                     gate: FREE -> TAKING, leave the page, gate = FREE
     *     gate = FREE                                      or, if the gate is OWNED, wanted = page
     *                                              (E) copy, swap out, discard, or let the change of mappings return
     *
     * Forbidden: a write through a slot happens after (E), or (E) does not see it. The page counts as entered while it
     * is in a slot, so (D) ends only after every slot was emptied. A slot is emptied under the gate, and then the page
     * is left by an atomic decrement. A write before that happens-before it, by program order or by the gate. A later
     * write must enter the page again, which fails while the page is frozen, and afterwards reads the entry again.
     *
     * A freezer polls in a loop, so no request can be missed: a request that another freezer overwrites, or that the
     * owner clears without seeing it, is made again. It waits only while the gate is OWNED. That lasts a few
     * instructions, or in a session until the owner polls. Between taking and freeing the gate, a freezer does nothing
     * that could wait. Neither side allocates.
     */

    private static final int FREE = 0;
    private static final int OWNED = 1;
    private static final int TAKING = 2;
    private static final int CLOSED = 3;

    private static final int LONGEST_ACCESS = 1000; // in turns of Page.pause: some 50 ms

    private static final VarHandle GATE;
    private static final VarHandle WANTED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            GATE = lookup.findVarHandle(HeldPages.class, "gate", int.class).withInvokeExactBehavior();
            WANTED = lookup.findVarHandle(HeldPages.class, "wanted", Page.class).withInvokeExactBehavior();
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final Object REGISTER_LOCK = new Object();
    private static final int NOT_REGISTERED = -1;

    /** All registered objects; null behind the last one. Written under the lock of the register. */
    private static volatile AtomicReferenceArray<@Nullable HeldPages> register = new AtomicReferenceArray<>(16);

    private static int registered; // guarded by the lock of the register

    /** The bytes of an empty slot. */
    static final ByteBuffer NO_BYTES = ByteBuffer.allocateDirect(0);

    /** The tag of an empty slot. It differs from every address that is aligned within its last 12 bits. */
    static final long NO_PAGE = -1;

    /** A page that was entered. Guarded by the gate. */
    static final class Slot {
        long tag = NO_PAGE; // the address at which the page is mapped
        ByteBuffer bytes = NO_BYTES;
        private @Nullable Page page;
    }

    private final Slot[] slots; // the elements are guarded by the gate; freezers also read Slot.page as a hint
    private int index = NOT_REGISTERED; // in the register; guarded by its lock
    private volatile int gate;

    /** The thread of a session; null outside a session. Written by the owner. */
    private @Nullable Thread sessionThread;

    /**
     * The address of the page of a session's last access; {@link #NO_PAGE} outside a session, and when a slot has been
     * emptied since. Guarded by the gate, as are the bytes.
     */
    long currentTag = NO_PAGE;

    ByteBuffer currentBytes = NO_BYTES;

    /** A page that a freezer waits for; a hint. */
    private volatile @Nullable Page wanted;

    /** Creates an object without pages. The caller registers it. */
    HeldPages(int slots) {
        this.slots = new Slot[slots];
        for (int i = 0; i < slots; i++) {
            this.slots[i] = new Slot();
        }
    }

    // ---- the owner

    /**
     * Takes the gate for the owner, and leaves a page that a freezer wants. Waits while a freezer removes a page, which
     * takes a few instructions. The caller has checked the stack.
     */
    void own() {
        if (!GATE.compareAndSet(this, FREE, OWNED)) {
            ownContended();
        }
        if (isWanted()) {
            yieldWanted();
        }
    }

    /** Returns whether a freezer waits for a page. An opaque read, which lets the caller keep fields in registers. */
    boolean isWanted() {
        return (Page) WANTED.getOpaque(this) != null;
    }

    private void ownContended() {
        for (int turn = 0; !GATE.compareAndSet(this, FREE, OWNED); ) {
            int seen = gate;
            if (seen == CLOSED) {
                throw new IllegalStateException("the cursor is closed");
            }
            if (seen == OWNED) {
                throw new IllegalStateException("the cursor is in use, by another thread or by a session of this one");
            }
            turn = Page.pause(turn);
        }
    }

    /** Gives the gate back. */
    void disown() {
        GATE.setRelease(this, FREE);
    }

    /** Starts a session, for the owner of the gate. */
    void startSession() {
        sessionThread = Thread.currentThread();
    }

    /** Ends a session, for the owner of the gate. */
    void endSession() {
        forgetCurrent();
        sessionThread = null;
    }

    /** Remembers the page of a session's last access. */
    void remember(Slot slot) {
        currentTag = slot.tag;
        currentBytes = slot.bytes;
    }

    private void forgetCurrent() {
        currentTag = NO_PAGE;
        currentBytes = NO_BYTES;
    }

    /** Leaves the page that a freezer wants, for the owner of the gate. The caller has checked the stack. */
    void yieldWanted() {
        Page page = wanted;
        wanted = null; // a freezer that still waits sets it again
        if (page != null) {
            leaveOwned(page);
        }
    }

    /** Returns the slot of an address, for the owner of the gate. */
    Slot slot(long address) {
        return slots[slotIndex(address, slots.length)];
    }

    /**
     * Returns the slot of an address among a number of slots. Neighbouring pages have different slots. So have, in
     * general, pages whose distance is a large power of two.
     */
    static int slotIndex(long address, int count) {
        long page = address >>> Addresses.PAGE_SHIFT;
        return (int) (page ^ page >>> 9) & (count - 1);
    }

    /**
     * Puts a page that the owner of the gate has entered into the slot of its address. The caller has checked the
     * stack.
     */
    void put(long address, Page page, ByteBuffer bytes) {
        Slot slot = slot(address);
        empty(slot);
        slot.page = page;
        slot.bytes = bytes;
        slot.tag = address & -Addresses.PAGE_SIZE;
    }

    private void empty(Slot slot) {
        Page page = slot.page;
        if (page != null) {
            forgetCurrent();
            slot.tag = NO_PAGE;
            slot.bytes = NO_BYTES;
            slot.page = null;
            page.leave();
        }
    }

    private void leaveOwned(Page page) {
        for (Slot slot : slots) {
            if (slot.page == page) {
                empty(slot);
            }
        }
    }

    /**
     * Leaves all pages, for a cursor that is closed or unreachable. If its last session has not ended and its thread
     * lives, it stays in the register: operations wait for that session until the thread has died.
     */
    void close() {
        StackGuard.check();
        for (int turn = 0; // the last access may still be in progress
                !GATE.compareAndSet(this, FREE, TAKING)
                        && !(isSessionIdle() && GATE.compareAndSet(this, OWNED, TAKING)); ) {
            if (turn > LONGEST_ACCESS) {
                return;
            }
            turn = Page.pause(turn);
        }
        for (Slot slot : slots) {
            empty(slot);
        }
        GATE.setRelease(this, CLOSED);
        unregister();
    }

    // ---- freezers

    /** Takes a page away from all cursors that are between accesses, and requests it from the others. */
    static void release(Page page) {
        AtomicReferenceArray<@Nullable HeldPages> all = register;
        for (int i = 0; i < all.length(); i++) {
            HeldPages held = all.get(i);
            if (held == null) {
                return; // none behind; if another one has moved here, the caller tries again
            }
            if (held.seemsToHold(page)) {
                held.take(page);
            }
        }
    }

    /** Returns whether a slot has a page. A wrong answer does no harm: the caller tries again. */
    private boolean seemsToHold(Page page) {
        for (Slot slot : slots) {
            if (slot.page == page) {
                return true;
            }
        }
        return false;
    }

    private void take(Page page) {
        if (GATE.compareAndSet(this, FREE, TAKING)) {
            leaveOwned(page);
            GATE.setRelease(this, FREE);
        } else if (isSessionIdle() && GATE.compareAndSet(this, OWNED, TAKING)) {
            leaveOwned(page);
            GATE.setRelease(this, OWNED);
        } else {
            wanted = page;
        }
    }

    /**
     * Returns whether this thread can use the gate that a session has. Either the session's thread is this one: it has
     * called an operation that freezes a page, so it is not within an access. Or it has died in the session. All of its
     * actions happen-before that answer, so the second read would see the end of its session.
     */
    private boolean isSessionIdle() {
        Thread thread = sessionThread;
        return thread != null && (thread == Thread.currentThread() || (!thread.isAlive() && thread == sessionThread));
    }

    // ---- the register

    void register() {
        synchronized (REGISTER_LOCK) {
            AtomicReferenceArray<@Nullable HeldPages> all = register;
            if (registered == all.length()) {
                AtomicReferenceArray<@Nullable HeldPages> longer = new AtomicReferenceArray<>(2 * registered);
                for (int i = 0; i < registered; i++) {
                    longer.set(i, all.get(i));
                }
                all = longer;
                register = longer;
            }
            index = registered;
            all.set(registered++, this);
        }
    }

    private void unregister() {
        synchronized (REGISTER_LOCK) {
            if (index == NOT_REGISTERED) {
                return; // memory for the register was missing
            }
            AtomicReferenceArray<@Nullable HeldPages> all = register;
            HeldPages last = all.get(--registered);
            if (last != null) {
                last.index = index;
            }
            all.set(index, last); // first: a freezer may see the moved one twice, but does not miss it for ever
            all.set(registered, null);
            index = NOT_REGISTERED;
        }
    }
}

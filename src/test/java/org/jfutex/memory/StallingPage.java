package org.jfutex.memory;

import java.lang.Thread.State;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A page at which a thread can be held at a certain step, once. */
final class StallingPage extends Page {

    /** Where in an access the thread is held. */
    enum Place {
        /** A load has found the entry and not yet the bytes. */
        READING,
        /** A load has the bytes and has not yet read the word. */
        HOLDING,
        /** A write has found the entry and is about to announce itself. */
        ENTERING,
        /** A write is announced and has found that the page is still mapped. */
        WITHIN,
        /** A fault is about to make the page resident; it has looked at the map. */
        FAULTING,
        /** A copy has been made and is not in its place yet. */
        COPIED,
        /** A fork has come to this page. */
        FORKING
    }

    private final Place place;
    private @Nullable Runnable stall;

    private StallingPage(boolean anonymous, Place place, Runnable stall) {
        super(zeroes(), anonymous, true);
        this.place = place;
        this.stall = stall;
    }

    /** Puts such a page at a private address; what is done at the place is done by the thread that comes there. */
    static void put(AddressSpace space, long address, int access, Place place, Runnable stall) {
        space.mm.putLocked(address, new Pte(new StallingPage(true, place, stall), access));
    }

    /** Such a page of a file, which the caller puts where the file is mapped. */
    static StallingPage ofFile(Place place, Runnable stall) {
        return new StallingPage(false, place, stall);
    }

    private void at(Place here) {
        Runnable run = stall;
        if (here == place && run != null) {
            stall = null;
            run.run();
        }
    }

    @Override
    @Nullable
    ByteBuffer bytes() {
        at(Place.READING);
        ByteBuffer bytes = super.bytes();
        at(Place.HOLDING);
        return bytes;
    }

    @Override
    boolean enter() {
        at(Place.ENTERING);
        return super.enter();
    }

    @Override
    ByteBuffer bytesWithin() {
        at(Place.WITHIN);
        return super.bytesWithin();
    }

    @Override
    boolean swapIn() {
        at(Place.FAULTING);
        return super.swapIn();
    }

    @Override
    @Nullable
    Page copyFrozen() {
        Page copy = super.copyFrozen();
        at(Place.COPIED);
        return copy;
    }

    @Override
    void share() {
        super.share();
        at(Place.FORKING);
    }

    /** Something that runs beside, and should have to wait. */
    static final class Beside {

        private final Thread thread;
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        private Beside(Runnable task) {
            thread = new Thread(() -> {
                try {
                    task.run();
                } catch (Throwable t) {
                    failure.set(t);
                }
            });
            thread.start();
        }

        /** Starts a task. */
        static Beside started(Runnable task) {
            return new Beside(task);
        }

        /** Starts it and returns when it waits; fails if it need not. */
        static Beside thatWaits(Runnable task) {
            Beside beside = new Beside(task);
            for (State state = beside.thread.getState(); ; state = beside.thread.getState()) {
                if (state == State.WAITING || state == State.TIMED_WAITING) {
                    return beside;
                }
                if (state == State.TERMINATED) {
                    throw new AssertionError("it did not wait", beside.failure.get());
                }
                Thread.onSpinWait();
            }
        }

        /** Waits for its end. */
        void end() {
            try {
                thread.join(60_000);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            if (thread.isAlive()) {
                throw new AssertionError("it waits for ever");
            }
            Throwable t = failure.get();
            if (t != null) {
                throw new AssertionError(t.getMessage(), t);
            }
        }
    }
}

package org.jfutex.memory;

import java.lang.Thread.State;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A page that stalls one thread once, at a certain step of an access. */
final class StallingPage extends Page {

    /** The step at which the thread is stalled. */
    enum Place {
        /** A load has read the entry, but not the reference to the bytes. */
        READING,
        /** A load has the reference to the bytes, but has not read the word. */
        HOLDING,
        /** A write has read the entry and is about to enter the page. */
        ENTERING,
        /** A write has entered the page and has seen that the page is still mapped. */
        WITHIN,
        /** A fault has read the map and is about to make the page resident. */
        FAULTING,
        /** A copy has been made, but the entry does not refer to it yet. */
        COPIED,
        /** A fork is processing this page. */
        FORKING
    }

    private final Place place;
    private @Nullable Runnable stall;

    private StallingPage(boolean anonymous, Place place, Runnable stall) {
        super(zeroes(), anonymous, true);
        this.place = place;
        this.stall = stall;
    }

    /** Puts such a page at a private address. The thread that reaches the step runs the given action. */
    static void put(AddressSpace space, long address, int access, Place place, Runnable stall) {
        space.mm.putLocked(address, new Pte(new StallingPage(true, place, stall), access));
    }

    /** Returns such a page of a file. The caller puts it where the file is mapped. */
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

    /** A task on a thread of its own, which may have to wait. */
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

        /** Starts a task and returns when its thread waits; fails if the task ends without waiting. */
        static Beside thatWaits(Runnable task) {
            Beside beside = new Beside(task);
            for (State state = beside.thread.getState(); ; state = beside.thread.getState()) {
                if (state == State.WAITING || state == State.TIMED_WAITING) {
                    return beside;
                }
                if (state == State.TERMINATED) {
                    throw new AssertionError("the task did not wait", beside.failure.get());
                }
                Thread.onSpinWait();
            }
        }

        /** Waits for the end of the task. */
        void end() {
            try {
                thread.join(60_000);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            if (thread.isAlive()) {
                throw new AssertionError("the task does not end");
            }
            Throwable t = failure.get();
            if (t != null) {
                throw new AssertionError(t.getMessage(), t);
            }
        }
    }
}

package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jfutex.key.MappingListener;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/**
 * The changes that one call makes, for the listener of its space. {@link Reports} describes the protocol.
 *
 * <p>The call begins a report before it locks the space, adds to it under that lock, and closes it after it has
 * released the lock. Closing calls the listener.
 */
final class Report implements AutoCloseable {

    /** The report of every call in a space that has no listener. */
    private static final Report NONE = new Report(null, null);

    /** The target of a range that was unmapped instead of moved. */
    private static final long NOWHERE = -1;

    private static final int LONGS = 3; // of a range: start, end, target

    /** The number of listener calls that the current thread is inside of. */
    private static final ThreadLocal<int[]> DEPTH = ThreadLocal.withInitial(() -> new int[1]);

    private enum State {
        WAITING,
        DUE,
        TAKEN,
        DONE
    }

    private final @Nullable Mm mm;
    private final @Nullable Thread owner; // null if the thread is inside a listener
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
    private long[] ranges = {}; // written under the space's lock
    private int used;
    private boolean queued; // under the space's lock, and read by the owner
    private boolean mine; // whether the thread that makes the change delivers this report

    @Nullable
    Report next; // in the queue; under the space's lock

    private Report(@Nullable Mm mm, @Nullable Thread owner) {
        this.mm = mm;
        this.owner = owner;
    }

    /** Begins the report of a call, which has changed nothing yet. */
    static Report begin(Mm mm) {
        if (mm.settings.listener() == null) {
            return NONE;
        }
        StackGuard.checkCall(); // the listener scans a table after the change, and must not fail there
        return new Report(mm, isInsideListener() ? null : Thread.currentThread());
    }

    static boolean isInsideListener() {
        return DEPTH.get()[0] != 0;
    }

    // ---- under the space's lock

    /**
     * Allocates space for more ranges. Adding those allocates nothing, so no error can come between a change and its
     * report.
     */
    void reserveLocked(int more) {
        if (mm != null && ranges.length < used + more * LONGS) {
            ranges = Arrays.copyOf(ranges, Math.max(2 * used, used + more * LONGS));
        }
    }

    /** Adds a range that was unmapped. */
    void unmappedLocked(long from, long to) {
        addLocked(from, to, NOWHERE);
    }

    /** Adds a range that has moved. */
    void movedLocked(long from, long to, long target) {
        addLocked(from, to, target);
    }

    private void addLocked(long from, long to, long target) {
        if (mm != null) {
            ranges[used] = from;
            ranges[used + 1] = to;
            ranges[used + 2] = target;
            used += LONGS;
            queueLocked(mm.reports);
        }
    }

    /**
     * Appends this report to the queue. A report without ranges is queued, too, if its owner waits for earlier reports.
     */
    void queueLocked(Reports reports) {
        if (!queued) {
            queued = true;
            mine = owner != null || reports.isEmptyLocked();
            reports.addLocked(this);
        }
    }

    void becomeDue() {
        state.set(State.DUE);
    }

    boolean overlaps(long from, long to) {
        for (int i = 0; i < used; i += LONGS) {
            if (ranges[i] < to && from < ranges[i + 1]) {
                return true;
            }
        }
        return false;
    }

    VmaMap addTo(VmaMap map) {
        VmaMap taken = map;
        for (int i = 0; i < used; i += LONGS) {
            taken = Reports.filled(taken, ranges[i], ranges[i + 1]);
        }
        return taken;
    }

    // ---- without the space's lock

    /**
     * Delivers this report when all earlier ones have been delivered, and then those after it that have no owner. If
     * the listener throws, the rest is still delivered, and the first throwable is thrown at the end.
     */
    @Override
    public void close() {
        if (mm == null || !mine || !awaitTurn()) {
            return;
        }
        Throwable failure = null;
        for (Report report = this; report != null; report = report.finish(mm)) {
            failure = report.deliver(mm, failure);
        }
        if (failure != null) {
            throw Report.<RuntimeException>unchecked(failure);
        }
    }

    /** Waits until this report is due, and takes it. Returns false if another thread has delivered it. */
    private boolean awaitTurn() {
        boolean interrupted = false;
        boolean taken = take();
        while (!taken && state.get() != State.DONE) {
            park();
            interrupted |= Thread.interrupted();
            taken = take();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return taken;
    }

    private boolean take() {
        return state.compareAndSet(State.DUE, State.TAKEN);
    }

    private void park() {
        try {
            LockSupport.park(this);
        } catch (OutOfMemoryError e) {
            Thread.onSpinWait(); // keep waiting for the report without parking
        }
    }

    private @Nullable Throwable deliver(Mm mm, @Nullable Throwable before) {
        MappingListener listener = requireNonNull(mm.settings.listener());
        Throwable failure = before;
        int[] depth = DEPTH.get();
        depth[0]++;
        for (int i = 0; i < used; i += LONGS) {
            try {
                deliver(listener, mm, ranges[i], ranges[i + 1] - ranges[i], ranges[i + 2]);
            } catch (Throwable t) {
                failure = failure == null ? t : failure;
            }
        }
        depth[0]--;
        return failure;
    }

    private static void deliver(MappingListener listener, Mm mm, long start, long length, long target) {
        if (target == NOWHERE) {
            listener.unmapped(mm.space, start, length);
        } else {
            listener.moved(mm.space, start, length, target);
        }
    }

    /** Removes this report from the queue. Returns the next one if the current thread must deliver that, too. */
    private @Nullable Report finish(Mm mm) {
        Report after;
        mm.lockAnyway();
        try {
            after = mm.reports.removeFirstLocked();
        } finally {
            mm.unlock();
        }
        state.set(State.DONE);
        if (owner != Thread.currentThread()) {
            wakeOwner(); // it waits if another thread has taken its report
        }
        return after == null || after.wakeOwner() || !after.take() ? null : after;
    }

    /** Unparks the owner. Returns false if there is no owner or it cannot run. */
    private boolean wakeOwner() {
        try {
            LockSupport.unpark(owner);
            return owner != null;
        } catch (RejectedExecutionException e) {
            return false; // a virtual thread whose scheduler has ended
        }
    }

    /** Returns a throwable as an unchecked one, so that a listener's checked throwables propagate, too. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable> E unchecked(Throwable t) throws E {
        throw (E) t;
    }
}

package org.jfutex.emulator;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The signals of one process: the actions, what is pending, and which thread is to take it.
 *
 * <p>A sender never runs a handler. It adds the signal to a queue and notifies a thread that does not block it: it sets
 * {@code attention}, which makes the interpreter return, and interrupts the Java thread, which ends a wait. The order
 * matters: the sender fills the queue before it notifies, and the receiver clears the notification before it reads the
 * queue. So no signal is left in a queue unnoticed.
 */
final class Signals {

    private static final long NEVER_BLOCKED = SignalInfo.bit(SignalInfo.SIGKILL) | SignalInfo.bit(SignalInfo.SIGSTOP);

    private final GuestProcess process;
    private final ReentrantLock lock = new ReentrantLock();

    /* Guarded by lock, as are the masks and the queues of the threads. */
    private final SignalAction[] actions = new SignalAction[65];
    private final Deque<SignalInfo> shared = new ArrayDeque<>();

    Signals(GuestProcess process) {
        this.process = process;
        Arrays.fill(actions, SignalAction.DEFAULT);
    }

    SignalAction action(int signal) {
        lock.lock();
        try {
            return actions[signal];
        } finally {
            lock.unlock();
        }
    }

    void setAction(int signal, SignalAction action) {
        lock.lock();
        try {
            actions[signal] = action;
            if (isIgnoredLocked(signal)) {
                shared.removeIf(info -> info.number() == signal);
                for (GuestThread thread : process.threads()) {
                    thread.pendingSignals.removeIf(info -> info.number() == signal);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Copies the actions of a parent at a fork. */
    void copyActions(Signals parent) {
        for (int signal = 1; signal < actions.length; signal++) {
            actions[signal] = parent.action(signal);
        }
    }

    /** Removes all handlers at an exec; ignored signals stay ignored. */
    void dropHandlers() {
        lock.lock();
        try {
            for (int signal = 1; signal < actions.length; signal++) {
                if (!actions[signal].isIgnoring()) {
                    actions[signal] = SignalAction.DEFAULT;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Sends a signal to the process, or to one of its threads. */
    void send(SignalInfo info, @Nullable GuestThread target) {
        if (info.number() == SignalInfo.SIGKILL) {
            process.exitGroup(SignalInfo.SIGKILL);
            return;
        }
        if (info.number() == SignalInfo.SIGCONT) {
            process.setStopped(false);
        }
        lock.lock();
        try {
            boolean blocked = target != null
                    ? (target.signalMask & info.bit()) != 0
                    : process.threads().stream().allMatch(t -> (t.signalMask & info.bit()) != 0);
            Deque<SignalInfo> queue = target != null ? target.pendingSignals : shared;
            boolean coalesces = info.number() < 32 && queue.stream().anyMatch(p -> p.number() == info.number());
            if (coalesces || (!blocked && isIgnoredLocked(info.number()))) {
                return;
            }
            queue.add(info);
            if (target != null) {
                notifyIfTakenLocked(target, info.bit());
            } else {
                notifyAnyLocked(info.bit());
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isIgnoredLocked(int signal) {
        SignalAction action = actions[signal];
        return action.isIgnoring() || (action.isDefault() && SignalInfo.isIgnoredByDefault(signal));
    }

    private static boolean notifyIfTakenLocked(GuestThread thread, long signals) {
        boolean takes = (signals & (~thread.signalMask | thread.awaitedSignals)) != 0;
        if (takes) {
            thread.notice();
        }
        return takes;
    }

    private void notifyAnyLocked(long signals) {
        for (GuestThread thread : process.threads()) {
            if (notifyIfTakenLocked(thread, signals)) {
                return;
            }
        }
    }

    /** Removes and returns a pending signal of a set that a thread may take; null if there is none. */
    @Nullable
    SignalInfo take(GuestThread thread, long set) {
        lock.lock();
        try {
            SignalInfo own = removeFirst(thread.pendingSignals, set);
            return own != null ? own : removeFirst(shared, set);
        } finally {
            lock.unlock();
        }
    }

    private static @Nullable SignalInfo removeFirst(Deque<SignalInfo> queue, long set) {
        for (Iterator<SignalInfo> all = queue.iterator(); all.hasNext(); ) {
            SignalInfo info = all.next();
            if ((info.bit() & set) != 0) {
                all.remove();
                return info;
            }
        }
        return null;
    }

    /** Returns the signals that are pending for a thread. */
    long pending(GuestThread thread) {
        lock.lock();
        try {
            return union(thread.pendingSignals) | union(shared);
        } finally {
            lock.unlock();
        }
    }

    private static long union(Deque<SignalInfo> queue) {
        return queue.stream().mapToLong(SignalInfo::bit).reduce(0, (a, b) -> a | b);
    }

    /** Sets the mask of the calling thread, and notifies the threads that may take pending signals now. */
    void setMask(GuestThread thread, long mask) {
        lock.lock();
        try {
            thread.signalMask = mask & ~NEVER_BLOCKED;
            if (((union(thread.pendingSignals) | union(shared)) & ~thread.signalMask) != 0) {
                thread.hart.attention = true;
            }
            passOnLocked();
        } finally {
            lock.unlock();
        }
    }

    /** Sets the signals that a thread waits for in sigtimedwait. */
    void setAwaited(GuestThread thread, long set) {
        lock.lock();
        try {
            thread.awaitedSignals = set;
            passOnLocked();
        } finally {
            lock.unlock();
        }
    }

    /** Notifies other threads of pending signals, because the thread that was notified blocks them now or exits. */
    void passOn() {
        lock.lock();
        try {
            passOnLocked();
        } finally {
            lock.unlock();
        }
    }

    private void passOnLocked() {
        for (SignalInfo info : shared) {
            notifyAnyLocked(info.bit());
        }
    }
}

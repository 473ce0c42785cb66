package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/**
 * A waiter that can be polled like a file: FUTEX_FD, which Linux had until 2.6.25.
 *
 * <p>It counts as a waiter in its word's queue, is woken once, and stays readable from then on until it is closed. There are two forms.
 * {@link #open(FutexTable, FutexMemory, long, Scope, Options)} is the historical one: it does not look at the word, so a wake between the caller's
 * look and the call is lost to it, which is why Linux dropped it. {@link #openIfEquals} is the form that should have been: it queues only if the word still
 * holds the expected value.
 *
 * <p>Source: the FUTEX_FD of Linux 2.6.0 to 2.6.25.
 *
 * <p><b>Memory consistency effects:</b> what a thread did before the wake happens-before what a thread does that finds the descriptor readable.
 */
public final class FutexFd implements AutoCloseable {

    /** POLLIN: there is something to read, the wake. */
    public static final int IN = 0x001;

    /** POLLRDNORM, which always comes with {@link #IN}. */
    public static final int RDNORM = 0x040;

    /** POLLERR: the word is gone, see {@link WaitResult#UNMAPPED}, or somebody cancelled the wait. */
    public static final int ERR = 0x008;

    /** POLLHUP, which always comes with {@link #ERR}. */
    public static final int HUP = 0x010;

    /** The highest signal number, SIGRTMAX. */
    public static final int MAX_SIGNAL = 64;

    /** Takes the signal that tells of a wake, on the waker's thread and with no lock held. */
    @FunctionalInterface
    public interface SignalHandler {
        /**
         * Called once, when a wake has made the descriptor readable; not if its wait ends otherwise.
         *
         * @param fd the descriptor
         * @param signal the number that was asked for, 1 to 64
         */
        void signal(FutexFd fd, int signal);
    }

    /**
     * How a descriptor tells of its wake, and what becomes of a wake that nobody uses.
     *
     * @param signal the signal to send, 0 for none
     * @param handler who takes it
     * @param forwardOnClose whether {@link #close} passes a wake on to the next waiter; Linux swallowed it
     */
    public record Options(int signal, SignalHandler handler, boolean forwardOnClose) {

        /** As with a signal of 0 in Linux. */
        public static final Options SILENT = new Options(0, (fd, signal) -> {}, false);

        /**
         * Refuses numbers that are no signals.
         *
         * @throws IllegalArgumentException if {@code signal} is not within 0 to 64
         */
        public Options {
            requireNonNull(handler, "handler");
            if (signal < 0 || signal > MAX_SIGNAL) {
                throw new IllegalArgumentException("signal " + signal + " is not within 0 to " + MAX_SIGNAL);
            }
        }
    }

    private final PreparedWait wait;
    private final Options options;
    private final Set<Thread> pollers = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closed = new AtomicBoolean();

    private @Nullable Pipe pipe; // under "closed"

    private FutexFd(PreparedWait wait, Options options) {
        this.wait = wait;
        this.options = options;
    }

    /** Makes a descriptor of a wait, or neither, with the room that whoever prepared the wait asked for. */
    private static FutexFd of(PreparedWait wait, Options options) {
        try {
            FutexFd fd = new FutexFd(wait, options);
            wait.onEnd(fd::fire);
            return fd;
        } catch (Throwable noMemory) {
            wait.cancel();
            wait.forwardWake();
            throw noMemory;
        }
    }

    /**
     * Queues a waiter without looking at the word.
     *
     * @param table where to wait
     * @param memory the caller's memory
     * @param address the word, a multiple of 4
     * @param scope how it is named; Linux always took {@link Scope#SHARED}
     * @param options signal and closing
     * @return the descriptor
     * @throws IllegalArgumentException if {@code address} is misaligned
     * @throws org.jfutex.key.MemoryFaultException if the word cannot be named
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of the table} is reached; nobody is queued then
     */
    public static FutexFd open(FutexTable table, FutexMemory memory, long address, Scope scope, Options options) {
        requireNonNull(table, "table");
        requireNonNull(options, "options");
        StackGuard.checkDeep(); // for the way back out of the queue
        return of(table.prepareUnchecked(memory, address, scope), options);
    }

    /**
     * Queues a waiter if the word holds the expected value.
     *
     * @param table where to wait
     * @param memory the caller's memory
     * @param address the word, a multiple of 4
     * @param scope how it is named
     * @param expected the value that it must hold
     * @param options signal and closing
     * @return the descriptor, null if the word holds another value
     * @throws IllegalArgumentException if {@code address} is misaligned
     * @throws org.jfutex.key.MemoryFaultException if the word cannot be read
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of the table} is reached; nobody is queued then
     */
    public static @Nullable FutexFd openIfEquals(
            FutexTable table, FutexMemory memory, long address, Scope scope, int expected, Options options) {
        requireNonNull(table, "table");
        requireNonNull(memory, "memory");
        requireNonNull(options, "options");
        StackGuard.checkDeep();
        PreparedWait wait = table.prepare(memory, address, scope, expected);
        return wait.poll() == WaitResult.VALUE_DIFFERS ? null : of(wait, options);
    }

    /**
     * What poll(2) would say.
     *
     * @return 0 while the waiter is queued; {@link #IN}|{@link #RDNORM} once it was woken, and for ever; with {@link #ERR}|{@link #HUP} if its wait
     *     ended without a wake
     * @throws IllegalStateException if the descriptor is closed
     */
    public int poll() {
        if (closed.get()) {
            throw new IllegalStateException("the descriptor is closed");
        }
        WaitResult result = wait.poll();
        if (result == null) {
            return 0;
        }
        return result == WaitResult.WOKEN ? IN | RDNORM : IN | RDNORM | ERR | HUP;
    }

    /**
     * Waits until one of several descriptors is readable.
     *
     * <p>Like poll(2), each call visits all of the descriptors. To wait for many of them again and again, register their
     * {@link #channel channels} in a selector.
     *
     * @param fds the descriptors
     * @param deadline when to give up, on the clock of their table
     * @return those that are readable, none if the deadline passed first
     * @throws InterruptedException if the thread was interrupted and none was readable
     * @throws IllegalStateException if one is closed
     */
    public static List<FutexFd> poll(Collection<FutexFd> fds, Deadline deadline) throws InterruptedException {
        requireNonNull(fds, "fds");
        requireNonNull(deadline, "deadline");
        List<FutexFd> ready = ready(fds);
        if (!ready.isEmpty() || fds.isEmpty()) {
            return ready;
        }
        FutexFd[] all = fds.toArray(new FutexFd[0]);
        FutexClock clock = all[0].wait.table().clock;
        Deadline end = deadline.started(clock);
        Thread me = Thread.currentThread();
        try {
            for (FutexFd fd : all) {
                fd.pollers.add(me);
            }
            while (!isAnyReady(all)) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                long now = end.now(clock);
                if (end.hasPassed(now)) {
                    break;
                }
                if (!isAnyReady(all)) { // once more: the clock may have consumed the permit of a wake
                    end.park(clock, fds, now);
                }
            }
            return ready(List.of(all));
        } finally {
            for (FutexFd fd : all) {
                fd.pollers.remove(me);
            }
        }
    }

    /** Calls nothing that could park, and so consume the thread's permit. */
    private static boolean isAnyReady(FutexFd[] fds) {
        for (FutexFd fd : fds) {
            if (fd.poll() != 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * A channel that becomes readable with this descriptor, to be registered in a {@link java.nio.channels.Selector} beside sockets.
     *
     * <p>It is made at the first call and closed with the descriptor. There is nothing to read in it: it is at its end from the wake on, and so
     * stays readable. It is not blocking.
     *
     * @return the channel, for {@link java.nio.channels.SelectionKey#OP_READ}
     * @throws IOException if the system has no more descriptors
     * @throws IllegalStateException if this descriptor is closed
     */
    public SelectableChannel channel() throws IOException {
        synchronized (closed) {
            if (closed.get()) {
                throw new IllegalStateException("the descriptor is closed");
            }
            Pipe p = pipe;
            if (p == null) {
                p = Pipe.open();
                p.source().configureBlocking(false);
                pipe = p;
                if (wait.poll() != null) {
                    p.sink().close();
                }
            }
            return p.source();
        }
    }

    /** Ends the channel for its reader, or for everybody. */
    private void endChannel(boolean wholly) {
        synchronized (closed) {
            Pipe p = pipe;
            if (p != null) {
                try {
                    p.sink().close();
                    if (wholly) {
                        p.source().close();
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private static List<FutexFd> ready(Collection<FutexFd> fds) {
        List<FutexFd> ready = new ArrayList<>();
        for (FutexFd fd : fds) {
            if (fd.poll() != 0) {
                ready.add(fd);
            }
        }
        return List.copyOf(ready);
    }

    /**
     * Leaves the queue, or forgets the wake that came.
     *
     * <p>A wake that this descriptor has consumed is lost to other waiters, unless it was opened to forward it. A second close does nothing.
     */
    @Override
    public void close() {
        StackGuard.check();
        if (closed.getAndSet(true)) {
            return;
        }
        try {
            if (wait.cancel() == WaitResult.WOKEN && options.forwardOnClose) {
                wait.forwardWake();
            }
        } catch (Throwable noMemory) {
            closed.set(false); // the wake is still this one's to pass on
            throw noMemory;
        }
        endChannel(true);
    }

    private void fire(WaitResult result) {
        try {
            if (options.signal != 0 && result == WaitResult.WOKEN) {
                options.handler.signal(this, options.signal);
            }
        } finally {
            pollers.forEach(PendingWait::unpark);
            endChannel(false);
        }
    }
}

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
import java.util.concurrent.locks.LockSupport;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.StackGuard;
import org.jfutex.time.DaemonThreads;
import org.jfutex.time.Deadline;
import org.jfutex.time.FutexClock;
import org.jspecify.annotations.Nullable;

/**
 * A waiter that can be polled like a file descriptor: FUTEX_FD, which Linux had until 2.6.25.
 *
 * <p>It is a waiter in its word's queue and is woken once. From then on it stays readable until it is closed. There are
 * two forms. {@link #open(FutexTable, FutexMemory, long, Scope, Options)} is the historical one. It does not read the
 * word, so a wake between the caller's own read and the call is lost. Therefore Linux removed it. {@link #openIfEquals}
 * has no such race: it queues only if the word still holds the expected value.
 *
 * <p>Source: the FUTEX_FD of Linux 2.6.0 to 2.6.25.
 *
 * <p><b>Memory consistency effects:</b> actions in a thread before the wake happen-before actions in another thread
 * after it found the descriptor readable.
 */
public final class FutexFd implements AutoCloseable {

    /** POLLIN: the descriptor is readable, because its wait has ended. */
    public static final int IN = 0x001;

    /** POLLRDNORM, always set together with {@link #IN}. */
    public static final int RDNORM = 0x040;

    /**
     * POLLERR: the wait ended without a wake, because its mapping was removed, see {@link WaitResult#UNMAPPED}, or it
     * was cancelled.
     */
    public static final int ERR = 0x008;

    /** POLLHUP, always set together with {@link #ERR}. */
    public static final int HUP = 0x010;

    /** The highest signal number, SIGRTMAX. */
    public static final int MAX_SIGNAL = 64;

    /** Receives the signal that reports a wake, on the waker's thread and without a lock held. */
    @FunctionalInterface
    public interface SignalHandler {
        /**
         * Receives a signal. Called once, when a wake has made the descriptor readable; not if its wait ends otherwise.
         *
         * @param fd the descriptor
         * @param signal the number given in the options, 1 to 64
         */
        void signal(FutexFd fd, int signal);
    }

    /**
     * How a descriptor reports its wake, and what {@link #close} does with a wake that was not used.
     *
     * @param signal the signal to send, 0 for none
     * @param handler receives the signal
     * @param forwardOnClose whether {@link #close} forwards the wake to the next waiter; Linux did not
     */
    public record Options(int signal, SignalHandler handler, boolean forwardOnClose) {

        /** No signal and no forwarding, as with a signal of 0 in Linux. */
        public static final Options SILENT = new Options(0, (fd, signal) -> {}, false);

        /**
         * Checks the range of the signal number.
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

    private @Nullable Pipe pipe; // guarded by "closed"

    private FutexFd(PreparedWait wait, Options options) {
        this.wait = wait;
        this.options = options;
    }

    /** Creates a descriptor for a wait, or cancels the wait. The caller has reserved the stack that this needs. */
    private static FutexFd of(PreparedWait wait, Options options) {
        try {
            FutexFd fd = new FutexFd(wait, options);
            wait.listen(fd.new Notification());
            return fd;
        } catch (Throwable noMemory) {
            wait.cancel();
            wait.forwardWake();
            throw noMemory;
        }
    }

    /**
     * Queues a waiter without reading the word.
     *
     * @param table the table of the wait
     * @param memory the caller's memory
     * @param address the word, a multiple of 4
     * @param scope whether the key is private or shared; Linux always took {@link Scope#SHARED}
     * @param options the signal, and what a close does with the wake
     * @return the descriptor
     * @throws IllegalArgumentException if {@code address} is misaligned
     * @throws org.jfutex.key.MemoryFaultException if the key cannot be resolved
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of the table} is reached;
     *     then no waiter is queued
     */
    public static FutexFd open(FutexTable table, FutexMemory memory, long address, Scope scope, Options options) {
        requireNonNull(table, "table");
        requireNonNull(options, "options");
        StackGuard.checkCall(); // reserves stack for the cancel that follows a failure
        return of(table.prepareUnchecked(memory, address, scope), options);
    }

    /**
     * Queues a waiter if the word holds the expected value.
     *
     * @param table the table of the wait
     * @param memory the caller's memory
     * @param address the word, a multiple of 4
     * @param scope whether the key is private or shared
     * @param expected the value that the word must hold
     * @param options the signal, and what a close does with the wake
     * @return the descriptor, null if the word holds another value
     * @throws IllegalArgumentException if {@code address} is misaligned
     * @throws org.jfutex.key.MemoryFaultException if the word cannot be read
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of the table} is reached;
     *     then no waiter is queued
     */
    public static @Nullable FutexFd openIfEquals(
            FutexTable table, FutexMemory memory, long address, Scope scope, int expected, Options options) {
        requireNonNull(table, "table");
        requireNonNull(memory, "memory");
        requireNonNull(options, "options");
        StackGuard.checkCall();
        PreparedWait wait = table.prepare(memory, address, scope, expected);
        return wait.poll() == WaitResult.VALUE_DIFFERS ? null : of(wait, options);
    }

    /**
     * Returns the events that poll(2) would report.
     *
     * @return 0 while the waiter is queued; {@link #IN}|{@link #RDNORM} from the wake on; also with {@link #ERR}|{@link
     *     #HUP} if the wait ended without a wake
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
     * Waits until at least one of several descriptors is readable.
     *
     * <p>Like poll(2), each call visits all of the descriptors. To wait for many of them repeatedly, register their
     * {@link #channel channels} with a selector.
     *
     * @param fds the descriptors
     * @param deadline when the call times out, on the clock of the first descriptor's table
     * @return those that are readable, none if the deadline passed first
     * @throws InterruptedException if the thread was interrupted while none was readable
     * @throws IllegalStateException if one of them is closed
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
                long now = Timeouts.now(end, clock);
                if (Timeouts.hasPassed(end, now)) {
                    break;
                }
                if (!isAnyReady(all)) { // check again: the clock may have consumed the permit of a wake
                    Timeouts.park(end, clock, fds, now);
                }
            }
            return ready(List.of(all));
        } finally {
            for (FutexFd fd : all) {
                fd.pollers.remove(me);
            }
        }
    }

    /**
     * Returns whether any descriptor is readable. Calls nothing that could park, and so consume the thread's permit.
     */
    private static boolean isAnyReady(FutexFd[] fds) {
        for (FutexFd fd : fds) {
            if (fd.poll() != 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns a channel that becomes readable with this descriptor. It can be registered with a {@link
     * java.nio.channels.Selector} beside sockets.
     *
     * <p>The first call creates it; {@link #close} closes it. It never contains data: from the wake on it is at its
     * end, and so stays readable. It is in non-blocking mode.
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

    /** Closes the writing end of the channel, or both ends. */
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
     * Leaves the queue, or discards the wake that this descriptor has received.
     *
     * <p>A wake that this descriptor has consumed is lost for other waiters, except if {@link Options#forwardOnClose}
     * is set. A second close has no effect.
     */
    @Override
    public void close() {
        StackGuard.checkCall();
        if (closed.getAndSet(true)) {
            return;
        }
        try {
            if (wait.cancel() == WaitResult.WOKEN && options.forwardOnClose) {
                wait.forwardWake();
            }
        } catch (Throwable noMemory) {
            closed.set(false); // a later close can still forward the wake
            throw noMemory;
        }
        endChannel(true);
    }

    /** Makes the descriptor readable for threads before it sends the signal, since a handler may be slow. */
    final class Notification extends Callback<WaitResult> {

        Notification() {
            super(wait, wait.recorded(FutexFd.this::signal));
        }

        @Override
        void wakeThreads() {
            try {
                pollers.forEach(FutexFd::unpark);
            } finally {
                endChannel(false);
            }
        }
    }

    /**
     * Unparks one of several threads. A failure for one, such as a virtual thread without a scheduler, keeps no other
     * asleep.
     */
    private static void unpark(Thread poller) {
        try {
            LockSupport.unpark(poller);
        } catch (Throwable e) {
            DaemonThreads.reportUncaught(e);
        }
    }

    private void signal(WaitResult result) {
        if (options.signal != 0 && result == WaitResult.WOKEN) {
            options.handler.signal(this, options.signal);
        }
    }
}

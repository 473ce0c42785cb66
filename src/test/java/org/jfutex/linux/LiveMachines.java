package org.jfutex.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Runs a program step by step on the host's kernel and on a futex table, and compares the results of every thread. */
@SuppressWarnings("ThreadPriorityCheck") // yields while it waits for other threads to sleep
final class LiveMachines implements AutoCloseable {

    private static final long BRIEFLY = 2_000_000;
    private static final int TIMESPEC = 8192;
    private static final int VECTOR = 8192 + 64;
    private static final int MEMORY = 4 * 4096;

    /** A thread that makes the host's calls, one at a time. */
    private final class Actor extends Thread {

        final BlockingQueue<LiveProgram.Step> inbox = new LinkedBlockingQueue<>();
        volatile long tid;
        volatile @Nullable Long result;
        boolean busy; // used by the main thread only

        @Override
        public void run() {
            tid = host.gettid();
            try {
                for (LiveProgram.Step step = inbox.take(); ; step = inbox.take()) {
                    result = onHost(step);
                }
            } catch (InterruptedException closed) {
                return;
            }
        }
    }

    private final HostKernel host;
    private final ByteBuffer memory =
            ByteBuffer.allocateDirect(MEMORY + 4096).alignedSlice(4096).order(ByteOrder.nativeOrder());
    private final long base = HostKernel.address(memory);
    private final List<Actor> actors = new ArrayList<>();

    LiveMachines(HostKernel host) {
        this.host = host;
        memory.putLong(TIMESPEC, 0).putLong(TIMESPEC + 8, BRIEFLY);
        for (int i = 0; i < LiveProgram.ACTORS; i++) {
            Actor actor = new Actor();
            actor.setDaemon(true);
            actor.start();
            actors.add(actor);
        }
        for (Actor actor : actors) {
            while (actor.tid == 0) {
                Thread.yield();
            }
        }
    }

    /**
     * Runs a program on both sides.
     *
     * @param fault changes the steps for the table, to test that a wrong result is detected
     * @return the first difference, or null if there is none
     */
    @Nullable
    String run(LiveProgram program, UnaryOperator<LiveProgram.Step> fault) {
        for (int i = 0; i < TIMESPEC; i += 4) {
            memory.putInt(i, 0);
        }
        Machine ours = new Machine();
        List<Task> tasks = new ArrayList<>();
        List<@Nullable FutexCall> pending = new ArrayList<>();
        for (int i = 0; i < actors.size(); i++) {
            tasks.add(ours.tasks.spawn(ours.space));
            pending.add(null);
        }
        ours.space.store(Machine.P + TIMESPEC + 8, (int) BRIEFLY);
        try {
            for (LiveProgram.Step step : program.steps()) {
                Actor actor = actors.get(step.actor());
                if (actor.busy) {
                    continue;
                }
                actor.busy = true;
                actor.result = null;
                actor.inbox.add(step);
                pending.set(step.actor(), begin(ours, tasks.get(step.actor()), fault.apply(step)));
                settle();
                if (step.op() == LiveProgram.Step.WAIT_BRIEFLY) {
                    ours.clock.advance(BRIEFLY);
                }
                String difference = compare(step, pending);
                if (difference != null) {
                    return difference;
                }
            }
            return null;
        } finally {
            release();
        }
    }

    private @Nullable String compare(LiveProgram.Step step, List<@Nullable FutexCall> pending) {
        for (int i = 0; i < actors.size(); i++) {
            FutexCall call = pending.get(i);
            Long theirs = actors.get(i).result;
            if (!actors.get(i).busy || call == null) {
                continue;
            }
            Long mine = call.isDone() ? (Long) call.result() : null;
            if (theirs == null ? mine != null : !theirs.equals(mine)) {
                return "after " + step + ": thread " + i + " got " + text(theirs) + " from the kernel, " + text(mine)
                        + " from the table";
            }
            if (theirs != null) {
                actors.get(i).busy = false;
                pending.set(i, null);
            }
        }
        return null;
    }

    private static String text(@Nullable Long result) {
        return result == null ? "no result yet" : result < 0 ? Errno.name((int) -result) : result.toString();
    }

    private long onHost(LiveProgram.Step s) {
        return switch (s.op()) {
            case LiveProgram.Step.STORE -> {
                memory.putInt((int) s.word() & ~3, s.val());
                yield 0;
            }
            case LiveProgram.Step.WAITV -> {
                int at = VECTOR + 128 * s.actor();
                entry(s, (offset, value) -> memory.putLong(at + offset, value), base);
                yield host.call(HostKernel.FUTEX_WAITV, base + at, 2, 0, 0, 0, 0);
            }
            default ->
                host.call(
                        HostKernel.FUTEX,
                        base + s.word(),
                        s.number(),
                        s.val(),
                        timeout(s, base),
                        base + s.word2(),
                        s.val3());
        };
    }

    private static FutexCall begin(Machine ours, Task task, LiveProgram.Step s) {
        return switch (s.op()) {
            case LiveProgram.Step.STORE -> {
                ours.space.store(Machine.P + (s.word() & ~3), s.val());
                yield ours.calls.prepareFutex(task, Machine.P + MEMORY, Machine.WAKE, 1, 0, 0, 0);
            }
            case LiveProgram.Step.WAITV -> {
                long at = Machine.P + VECTOR + 128L * s.actor();
                entry(
                        s,
                        (offset, value) -> {
                            ours.space.store(at + offset, (int) value);
                            ours.space.store(at + offset + 4, (int) (value >>> 32));
                        },
                        Machine.P);
                yield ours.calls.prepareFutexWaitv(task, at, 2, 0, 0, 0);
            }
            default ->
                ours.calls.prepareFutex(
                        task,
                        Machine.P + s.word(),
                        s.number(),
                        s.val(),
                        timeout(s, Machine.P),
                        Machine.P + s.word2(),
                        s.val3());
        };
    }

    private static long timeout(LiveProgram.Step s, long base) {
        if (s.hasSecondCount()) {
            return s.val2();
        }
        return s.op() == LiveProgram.Step.WAIT_BRIEFLY ? base + TIMESPEC : 0;
    }

    /** A writer of 64 bits at an offset. */
    private interface Writer {
        void write(int offset, long value);
    }

    /** Writes two entries of a futex_waitv array. */
    private static void entry(LiveProgram.Step s, Writer to, long base) {
        long flags = s.isPrivate() ? Machine.U32_PRIVATE : Machine.U32;
        to.write(0, s.val());
        to.write(8, base + s.word());
        to.write(16, flags);
        to.write(24, 0);
        to.write(32, base + s.word2());
        to.write(40, flags);
    }

    /** Waits until every busy thread has its result or sleeps in its futex call, in two checks in a row. */
    private void settle() {
        for (int calm = 0; calm < 2; ) {
            boolean quiet = true;
            for (Actor actor : actors) {
                quiet &= !actor.busy || actor.result != null || sleeps(actor);
            }
            calm = quiet ? calm + 1 : 0;
            Thread.yield();
        }
    }

    private boolean sleeps(Actor actor) {
        try {
            Path task = Path.of("/proc/self/task/" + actor.tid);
            String stat = Files.readString(task.resolve("stat"));
            String[] call = Files.readString(task.resolve("syscall")).split(" ", -1);
            if (stat.charAt(stat.lastIndexOf(')') + 2) != 'S' || call.length < 5) {
                return false;
            }
            long address = Long.parseUnsignedLong(call[1].substring(2), 16);
            boolean untimed = !call[0].equals("202") || Long.parseUnsignedLong(call[4].substring(2), 16) == 0;
            return address >= base && address < base + MEMORY && untimed;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the calls of all threads on the host, before the next program. */
    private void release() {
        for (boolean busy = true; busy; ) {
            busy = false;
            for (Actor actor : actors) {
                busy |= actor.busy && actor.result == null;
            }
            for (long word = 0; busy && word <= 4096; word += word == 4 ? 4092 : 4) {
                host.call(HostKernel.FUTEX, base + word, Machine.WAKE, Machine.ALL, 0, 0, 0);
                host.call(HostKernel.FUTEX, base + word, Machine.WAKE | Machine.PRIVATE_FLAG, Machine.ALL, 0, 0, 0);
            }
            Thread.yield();
        }
        actors.forEach(actor -> actor.busy = false);
    }

    @Override
    public void close() {
        actors.forEach(Thread::interrupt);
    }
}

package org.jfutex.emulator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.LockSupport;
import org.jfutex.emulator.riscv.Hart;
import org.jfutex.emulator.riscv.Interpreter;
import org.jfutex.key.Access;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.linux.Errno;
import org.jfutex.linux.SignalDisposition;
import org.jfutex.linux.Task;
import org.jfutex.memory.Vma;
import org.jspecify.annotations.Nullable;

/**
 * A thread of the guest: its registers, its task in the library, and the Java thread that runs both.
 *
 * <p>A signal that arrives while guest code runs is delivered between two blocks of instructions: a frame is pushed,
 * and the interpreter continues in the handler. A signal that arrives while a system call sleeps interrupts the Java
 * thread. Then the library takes the task out of its queues and calls {@link #onInterrupt} by its signal policy, which
 * runs the handler before the call ends or restarts. Handlers nest: each such call runs an interpreter loop of its own.
 */
final class GuestThread implements Runnable {

    /** A handler that runs during a system call. */
    private static final class Level {
        final long frame;
        final long interruptedStack;
        final @Nullable Level outer;
        boolean returned;

        Level(long frame, long interruptedStack, @Nullable Level outer) {
            this.frame = frame;
            this.interruptedStack = interruptedStack;
            this.outer = outer;
        }
    }

    /** A wait of the emulator's own, which an interrupt ends. */
    interface Sleep {
        long run() throws InterruptedException;
    }

    final Machine machine;
    final GuestProcess process;
    final Task task;
    final Hart hart = new Hart();

    /* Guarded by the lock of Signals. Only this thread writes the masks. */
    long signalMask;
    long awaitedSignals;
    final Deque<SignalInfo> pendingSignals = new ArrayDeque<>();

    /* Used by this thread only. */
    long alternateStack;
    long alternateSize; // 0 if there is no alternate stack
    private @Nullable Interpreter interpreter;
    private @Nullable Level innermost;
    private long firstFrame;

    /** The scheduling policy, as sched_setscheduler numbers it. */
    volatile int policy;

    private volatile @Nullable Thread javaThread;

    GuestThread(GuestProcess process, Task task) {
        this.machine = process.machine;
        this.process = process;
        this.task = task;
        hart.attention = true; // so that the first thing it does is to check whether its process lives
    }

    ProgramMemory memory() {
        return process.memory();
    }

    /** Copies what a new thread inherits from its creator. A thread that shares its memory has no alternate stack. */
    void copyFrom(GuestThread creator, boolean sharesMemory) {
        hart.copyFrom(creator.hart);
        signalMask = creator.signalMask;
        policy = creator.policy;
        if (!sharesMemory) {
            alternateStack = creator.alternateStack;
            alternateSize = creator.alternateSize;
        }
    }

    void start() {
        Thread thread = machine.threadFactory.newThread(this);
        javaThread = thread;
        thread.start();
    }

    /** Returns whether this thread waits for something. */
    boolean isSleeping() {
        Thread thread = javaThread;
        Thread.State state = thread == null ? Thread.State.NEW : thread.getState();
        return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
    }

    /** Makes this thread check its signals and its process soon. Called by any thread. */
    void notice() {
        hart.attention = true;
        Thread thread = javaThread;
        if (thread != null) {
            thread.interrupt();
        }
    }

    @Override
    public void run() {
        try {
            while (true) {
                try {
                    step();
                } catch (HandlerLeft left) {
                    // the outermost level continues with the registers as they are
                }
            }
        } catch (ThreadExit exit) {
            // the end of every thread
        } catch (Throwable e) { // a fault of the emulator ends the guest's process, not the machine
            machine.report(this, e);
            process.exitGroup(SignalInfo.SIGKILL);
        } finally {
            closeInterpreter();
            process.leave(this);
        }
    }

    private void closeInterpreter() {
        if (interpreter != null) {
            interpreter.close();
            interpreter = null;
        }
    }

    /** Starts with the memory of another program. */
    void programChanged() {
        closeInterpreter();
        innermost = null;
        alternateSize = 0;
    }

    private void step() {
        if (interpreter == null) {
            interpreter = new Interpreter(hart, memory().space, memory().code);
        }
        try {
            switch (interpreter.run()) {
                case SYSTEM_CALL -> systemCall();
                case ATTENTION -> takeSignals();
                case TURN -> LockSupport.parkNanos(this, 1); // a virtual thread is never preempted, and yield is unfair
                case BREAKPOINT -> fault(SignalInfo.fault(SignalInfo.SIGTRAP, 1, hart.pc));
                case ILLEGAL -> fault(SignalInfo.fault(SignalInfo.SIGILL, 1, hart.pc));
            }
        } catch (MemoryFaultException e) {
            fault(describe(e));
        }
    }

    private SignalInfo describe(MemoryFaultException e) {
        Vma vma = memory().space.vmaAt(e.address());
        if (vma == null) {
            return SignalInfo.fault(SignalInfo.SIGSEGV, 1, e.address());
        }
        boolean permitted = e.access() == Access.READ
                ? vma.protection().readable()
                : vma.protection().writable();
        return permitted // so the page lies beyond the end of its file
                ? SignalInfo.fault(SignalInfo.SIGBUS, 2, e.address())
                : SignalInfo.fault(SignalInfo.SIGSEGV, 2, e.address());
    }

    // ---- system calls

    private void systemCall() {
        while (true) {
            checkHandlerLeft();
            try {
                hart.x[Hart.A0] = machine.systemCalls.call(this);
                return;
            } catch (HandlerLeft left) {
                if (left == HandlerLeft.BY_EXEC) {
                    throw left;
                }
                // otherwise the guest makes the call that the registers hold now
            } finally {
                // A wait that a handler ended leaves the interrupt status set. Attention tells whether it is still
                // needed.
                boolean ignored = !hart.attention && Thread.interrupted();
            }
        }
    }

    /**
     * Runs a wait of the emulator. After a signal that has a handler, the call ends with EINTR or, if {@code restarts}
     * and the handler was installed with SA_RESTART, runs the wait again. After any other signal the wait runs again.
     */
    long sleep(boolean restarts, Sleep wait) {
        while (true) {
            try {
                return wait.run();
            } catch (InterruptedException e) {
                SignalDisposition found = onInterrupt();
                if (found == SignalDisposition.HANDLER
                        || (found == SignalDisposition.RESTARTING_HANDLER && !restarts)) {
                    return -Errno.EINTR;
                }
            }
        }
    }

    // ---- signals

    /** Takes signals while a system call sleeps, and runs their handlers to the end. Returns what the first one was. */
    SignalDisposition onInterrupt() {
        long stack = hart.x[Hart.SP];
        SignalDisposition found = takeSignals();
        if (found != SignalDisposition.NO_HANDLER) {
            Level level = new Level(firstFrame, stack, innermost);
            innermost = level;
            try {
                while (!level.returned) {
                    step();
                }
            } finally {
                if (innermost == level) {
                    innermost = level.outer;
                }
            }
        }
        return found;
    }

    /**
     * Takes all pending signals that are not blocked, and pushes the frames of their handlers. The handler of the
     * signal that is taken last runs first.
     *
     * @return what the signal that was taken first did
     */
    private SignalDisposition takeSignals() {
        boolean ignored = Thread.interrupted(); // notified by the queue, which is read below
        hart.attention = false;
        process.checkpoint(this);
        SignalDisposition first = SignalDisposition.NO_HANDLER;
        for (SignalInfo info = next(); info != null; info = next()) {
            SignalAction action = process.signals.action(info.number());
            if (action.isDefault()) {
                defaultAction(info.number());
            } else if (!action.isIgnoring()) {
                pushHandler(info, action);
                if (first == SignalDisposition.NO_HANDLER) {
                    first = action.disposition();
                    firstFrame = hart.x[Hart.SP];
                }
            }
        }
        return first;
    }

    private @Nullable SignalInfo next() {
        return process.signals.take(this, ~signalMask);
    }

    private void defaultAction(int signal) {
        if (SignalInfo.stopsByDefault(signal)) {
            process.setStopped(true);
            process.checkpoint(this);
        } else if (!SignalInfo.isIgnoredByDefault(signal)) {
            process.exitGroup(signal);
            throw ThreadExit.INSTANCE;
        }
    }

    /** Delivers a signal that an instruction caused, which can be neither blocked nor ignored. */
    private void fault(SignalInfo info) {
        SignalAction action = process.signals.action(info.number());
        if (action.isDefault() || action.isIgnoring() || (signalMask & info.bit()) != 0) {
            machine.trace(this, () -> "killed by signal " + info.number() + " at pc " + Long.toHexString(hart.pc));
            process.exitGroup(info.number());
            throw ThreadExit.INSTANCE;
        }
        pushHandler(info, action);
    }

    private void pushHandler(SignalInfo info, SignalAction action) {
        long top = hart.x[Hart.SP];
        if ((action.flags() & SignalAction.SA_ONSTACK) != 0 && alternateSize != 0 && !onAlternateStack(top)) {
            top = alternateStack + alternateSize;
        }
        long frame = top - SignalFrame.SIZE & -16;
        try {
            SignalFrame.write(this, frame, info);
        } catch (MemoryFaultException e) { // the stack is full
            process.exitGroup(SignalInfo.SIGSEGV);
            throw ThreadExit.INSTANCE;
        }
        hart.x[Hart.SP] = frame;
        hart.x[Hart.RA] = Loader.SIGNAL_RETURN;
        hart.x[Hart.A0] = info.number();
        hart.x[Hart.A0 + 1] = frame;
        hart.x[Hart.A0 + 2] = frame + SignalFrame.CONTEXT;
        hart.pc = action.handler();
        hart.dropReservation();
        if (action.isOneShot()) {
            process.signals.setAction(info.number(), SignalAction.DEFAULT);
        }
        process.signals.setMask(this, signalMask | action.maskFor(info.number()));
    }

    /** Makes the system call rt_sigreturn: the end of a handler. */
    long returnFromHandler() {
        long frame = hart.x[Hart.SP];
        process.signals.setMask(this, SignalFrame.restore(this, frame));
        if (innermost != null && innermost.frame == frame) {
            innermost.returned = true;
        }
        return hart.x[Hart.A0];
    }

    /** Throws if the guest has left the innermost handler without returning from it. */
    private void checkHandlerLeft() {
        Level level = innermost;
        if (level == null) {
            return;
        }
        long stack = hart.x[Hart.SP];
        boolean left = onAlternateStack(level.frame) && !onAlternateStack(level.interruptedStack)
                ? !onAlternateStack(stack)
                : stack >= level.interruptedStack;
        if (left) {
            throw HandlerLeft.BY_JUMP;
        }
    }

    boolean onAlternateStack(long stack) {
        return alternateSize != 0 && stack > alternateStack - 1 && stack <= alternateStack + alternateSize;
    }

    /** Returns the flags of the alternate stack: SS_ONSTACK, SS_DISABLE. */
    int alternateFlags() {
        return alternateSize == 0 ? 2 : onAlternateStack(hart.x[Hart.SP]) ? 1 : 0;
    }
}

package org.jfutex.emulator;

import java.nio.ByteBuffer;
import org.jfutex.linux.Errno;
import org.jfutex.time.ClockId;
import org.jspecify.annotations.Nullable;

/** System calls of signals. {@link Signals} decides which thread takes a signal; {@link GuestThread} runs handlers. */
final class SignalCalls {

    private final Machine machine;

    SignalCalls(Machine machine) {
        this.machine = machine;
    }

    long kill(GuestThread thread, int pid, int signal) {
        checkNumber(signal);
        int group = pid == 0 ? thread.process.group : -pid;
        boolean found = false;
        for (GuestProcess target : machine.processes.values()) {
            boolean chosen = pid > 0
                    ? target.pid == pid
                    : pid == -1 ? target != thread.process && target.pid != 1 : target.group == group;
            if (chosen) {
                found = true;
                send(target, null, signal, SignalInfo.SI_USER, thread);
            }
        }
        return found ? 0 : -Errno.ESRCH;
    }

    /** Sends a signal to a thread; a process id of -1 permits any process. */
    long tgkill(GuestThread thread, int pid, int tid, int signal) {
        checkNumber(signal);
        GuestThread target = find(pid, tid);
        send(target.process, target, signal, SignalInfo.SI_TKILL, thread);
        return 0;
    }

    private GuestThread find(int pid, int tid) {
        GuestThread target = machine.find(tid);
        if (target == null || (pid != -1 && target.process.pid != pid)) {
            throw new SystemCallException(Errno.ESRCH);
        }
        return target;
    }

    private static void send(
            GuestProcess process, @Nullable GuestThread target, int signal, int code, GuestThread sender) {
        if (signal != 0) { // 0 only checks that the target exists
            process.signals.send(new SignalInfo(signal, code, sender.process.pid, 0, 0), target);
        }
    }

    /** Sends a signal with a value: sigqueue and pthread_sigqueue. A thread id of -1 sends to the process. */
    long sigqueueinfo(GuestThread thread, int pid, int tid, int signal, long address) {
        checkNumber(signal);
        ByteBuffer info = thread.memory().read(address, 32);
        GuestThread target = tid == -1 ? null : find(pid, tid);
        GuestProcess process = target != null ? target.process : machine.processes.get(pid);
        if (process == null) {
            return -Errno.ESRCH;
        }
        if (signal != 0) {
            SignalInfo sent =
                    new SignalInfo(signal, info.getInt(8), info.getInt(16), info.getInt(20), info.getLong(24));
            process.signals.send(sent, target);
        }
        return 0;
    }

    private static void checkNumber(int signal) {
        if (signal < 0 || signal > 64) {
            throw new SystemCallException(Errno.EINVAL);
        }
    }

    long sigaction(GuestThread thread, int signal, long address, long old) {
        boolean fixed = signal == SignalInfo.SIGKILL || signal == SignalInfo.SIGSTOP;
        if (signal < 1 || signal > 64 || (address != 0 && fixed)) {
            return -Errno.EINVAL;
        }
        ProgramMemory memory = thread.memory();
        SignalAction before = thread.process.signals.action(signal);
        if (address != 0) {
            ByteBuffer action = memory.read(address, 24);
            SignalAction wanted = new SignalAction(action.getLong(0), action.getLong(8), action.getLong(16));
            thread.process.signals.setAction(signal, wanted);
        }
        if (old != 0) {
            memory.storeLongs(old, before.handler(), before.flags(), before.mask());
        }
        return 0;
    }

    long sigprocmask(GuestThread thread, int how, long set, long old) {
        long before = thread.signalMask;
        if (set != 0) {
            long mask = thread.memory().loadLong(set);
            switch (how) {
                case 0 -> thread.process.signals.setMask(thread, before | mask);
                case 1 -> thread.process.signals.setMask(thread, before & ~mask);
                case 2 -> thread.process.signals.setMask(thread, mask);
                default -> {
                    return -Errno.EINVAL;
                }
            }
        }
        if (old != 0) {
            thread.memory().storeLong(old, before);
        }
        return 0;
    }

    long sigpending(GuestThread thread, long address) {
        thread.memory().storeLong(address, thread.process.signals.pending(thread) & thread.signalMask);
        return 0;
    }

    long sigaltstack(GuestThread thread, long stack, long old) {
        ProgramMemory memory = thread.memory();
        long[] before = {thread.alternateStack, thread.alternateFlags(), thread.alternateSize};
        if (stack != 0) {
            ByteBuffer wanted = memory.read(stack, 24);
            if (before[1] == 1) {
                return -Errno.EPERM; // the thread runs on it
            }
            boolean disabled = (wanted.getInt(8) & 2) != 0;
            if (!disabled && wanted.getLong(16) < 2048) {
                return -Errno.ENOMEM;
            }
            thread.alternateStack = disabled ? 0 : wanted.getLong(0);
            thread.alternateSize = disabled ? 0 : wanted.getLong(16);
        }
        if (old != 0) {
            memory.storeLongs(old, before);
        }
        return 0;
    }

    /** Sleeps with another mask until a handler has run. */
    long sigsuspend(GuestThread thread, long set) {
        long before = thread.signalMask;
        thread.process.signals.setMask(thread, thread.memory().loadLong(set));
        try {
            return thread.sleep(false, () -> {
                while (true) {
                    TimeCalls.parkUntil(thread, ClockId.MONOTONIC, Long.MAX_VALUE);
                }
            });
        } finally {
            thread.process.signals.setMask(thread, before);
        }
    }

    long sigtimedwait(GuestThread thread, long set, long infoAddress, long timeout) {
        long wanted = thread.memory().loadLong(set);
        long limit = timeout == 0 ? Long.MAX_VALUE : TimeCalls.loadTime(thread, timeout);
        long now = machine.clock.nanos(ClockId.MONOTONIC);
        long deadline = limit > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + limit;
        Signals signals = thread.process.signals;
        signals.setAwaited(thread, wanted);
        try {
            return thread.sleep(false, () -> {
                while (true) {
                    SignalInfo info = signals.take(thread, wanted);
                    if (info != null) {
                        if (infoAddress != 0) {
                            thread.memory().write(infoAddress, SignalFrame.describe(info));
                        }
                        return info.number();
                    }
                    if (machine.clock.nanos(ClockId.MONOTONIC) >= deadline) {
                        return -Errno.EAGAIN;
                    }
                    TimeCalls.parkUntil(thread, ClockId.MONOTONIC, deadline);
                }
            });
        } finally {
            signals.setAwaited(thread, 0);
        }
    }
}

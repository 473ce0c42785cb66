package org.jfutex.emulator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.ThreadLocalRandom;
import org.jfutex.emulator.riscv.Hart;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.linux.Errno;
import org.jfutex.linux.FutexCalls;
import org.jfutex.linux.Task;
import org.jfutex.memory.MappingException;

/**
 * The table of system calls: from the number in register a7 to a method. The numbers are those of 64-bit RISC-V.
 *
 * <p>This is the checklist for an emulator. Nine calls are the library's own; their arguments are the registers.
 */
final class SystemCalls {

    private final FutexCalls futexes;
    private final ThreadCalls threads;
    private final MemoryCalls memory;
    private final SignalCalls signals;
    private final TimeCalls time;
    private final FileCalls files;

    SystemCalls(Machine machine) {
        futexes = machine.futexes;
        threads = new ThreadCalls(machine);
        memory = new MemoryCalls(machine);
        signals = new SignalCalls(machine);
        time = new TimeCalls(machine);
        files = new FileCalls(machine);
    }

    /** Makes the system call that the registers describe. Returns a value or a negative errno. */
    long call(GuestThread thread) {
        long[] x = thread.hart.x;
        int number = (int) x[Hart.A7];
        long[] a = {x[10], x[11], x[12], x[13], x[14], x[15]};
        long result = call(thread, number, a);
        thread.machine.trace(thread, () -> describe(number, a, result));
        return result;
    }

    private static String describe(int number, long[] a, long result) {
        StringBuilder line = new StringBuilder("call ").append(number).append('(');
        for (long argument : a) {
            line.append(Long.toHexString(argument)).append(", ");
        }
        return line.append(") = ").append(result).toString();
    }

    private long call(GuestThread thread, int number, long[] a) {
        try {
            return dispatch(thread, thread.task, number, a);
        } catch (SystemCallException e) {
            return -e.errno;
        } catch (MemoryFaultException e) {
            return -Errno.EFAULT;
        } catch (MappingException e) {
            return -MemoryCalls.errno(e);
        } catch (NoSuchFileException e) {
            return -SystemErrno.ENOENT;
        } catch (FileAlreadyExistsException e) {
            return -SystemErrno.EEXIST;
        } catch (IllegalArgumentException e) {
            return -Errno.EINVAL;
        } catch (IOException | UncheckedIOException e) {
            return -SystemErrno.EIO;
        }
    }

    private long dispatch(GuestThread thread, Task task, int number, long[] a) throws IOException {
        return switch (number) {
            // futexes: the library's calls
            case 96 -> futexes.setTidAddress(task, a[0]);
            case 98 -> futexes.futex(task, a[0], (int) a[1], (int) a[2], a[3], a[4], (int) a[5]);
            case 99 -> futexes.setRobustList(task, a[0], a[1]);
            case 100 -> futexes.getRobustList(task, (int) a[0], a[1], a[2]);
            case 449 -> futexes.futexWaitv(task, a[0], (int) a[1], (int) a[2], a[3], (int) a[4]);
            case 454 -> futexes.futexWake(task, a[0], a[1], (int) a[2], (int) a[3]);
            case 455 -> futexes.futexWait(task, a[0], a[1], a[2], (int) a[3], a[4], (int) a[5]);
            case 456 -> futexes.futexRequeue(task, a[0], (int) a[1], (int) a[2], (int) a[3]);

            // threads and processes
            case 93 -> threads.exit(thread, (int) a[0]);
            case 94 -> threads.exitGroup(thread, (int) a[0]);
            case 118, 119 -> threads.setScheduler(thread, (int) a[0], number == 119 ? (int) a[1] : -1, a[number - 117]);
            case 120 -> threads.getScheduler(thread, (int) a[0]);
            case 121 -> threads.getSchedulerParameter(thread, (int) a[0], a[1]);
            case 122 -> 0; // sched_setaffinity: every processor runs every thread
            case 123 -> threads.getAffinity(thread, a[1], a[2]);
            case 124 -> threads.yieldProcessor();
            case 125 -> a[0] == 1 || a[0] == 2 ? 99 : 0; // sched_get_priority_max
            case 126 -> a[0] == 1 || a[0] == 2 ? 1 : 0; // sched_get_priority_min
            case 154 -> threads.setGroup(thread, (int) a[0], (int) a[1]);
            case 155, 156 -> threads.group(thread, (int) a[0]); // getpgid, getsid
            case 157 -> threads.setGroup(thread, 0, 0); // setsid
            case 172 -> thread.process.pid;
            case 173 -> thread.process.parentPid();
            case 178 -> task.tid();
            case 220 -> threads.clone(thread, a[0], a[1], a[2], a[3], a[4]);
            case 221 -> threads.execve(thread, a[0], a[1], a[2]);
            case 260 -> threads.wait4(thread, (int) a[0], a[1], (int) a[2], a[3]);
            case 435 -> threads.clone3(thread, a[0], a[1]);

            // memory
            case 194 -> memory.shmget((int) a[0], a[1], (int) a[2]);
            case 195 -> memory.shmctl((int) a[0], (int) a[1], thread, a[2]);
            case 196 -> memory.shmat(thread, (int) a[0], a[1], (int) a[2]);
            case 197 -> memory.shmdt(thread, a[0]);
            case 214 -> thread.memory().moveBreak(a[0]);
            case 215 -> memory.munmap(thread, a[0], a[1]);
            case 216 -> memory.mremap(thread, a[0], a[1], a[2], (int) a[3], a[4]);
            case 222 -> memory.mmap(thread, a[0], a[1], (int) a[2], (int) a[3], (int) a[4], a[5]);
            case 226 -> memory.mprotect(thread, a[0], a[1], (int) a[2]);
            case 227, 228, 229, 230, 231 -> 0; // msync, mlock, munlock, mlockall, munlockall: writes are shared at once
            case 233 -> memory.madvise(thread, a[0], a[1], (int) a[2]);
            case 259 -> memory.flushCode(thread);

            // signals
            case 129 -> signals.kill(thread, (int) a[0], (int) a[1]);
            case 130 -> signals.tgkill(thread, -1, (int) a[0], (int) a[1]);
            case 131 -> signals.tgkill(thread, (int) a[0], (int) a[1], (int) a[2]);
            case 132 -> signals.sigaltstack(thread, a[0], a[1]);
            case 133 -> signals.sigsuspend(thread, a[0]);
            case 134 -> signals.sigaction(thread, (int) a[0], a[1], a[2]);
            case 135 -> signals.sigprocmask(thread, (int) a[0], a[1], a[2]);
            case 136 -> signals.sigpending(thread, a[0]);
            case 137 -> signals.sigtimedwait(thread, a[0], a[1], a[2]);
            case 138 -> signals.sigqueueinfo(thread, (int) a[0], -1, (int) a[1], a[2]);
            case 139 -> thread.returnFromHandler();
            case 240 -> signals.sigqueueinfo(thread, (int) a[0], (int) a[1], (int) a[2], a[3]);

            // clocks and timers
            case 101 -> time.sleep(thread, 1, 0, a[0], a[1]);
            case 102 -> time.getTimer(thread, (int) a[0], a[1]);
            case 103 -> time.setTimer(thread, (int) a[0], a[1], a[2]);
            case 113 -> time.get(thread, (int) a[0], a[1]);
            case 114 -> time.resolution(thread, (int) a[0], a[1]);
            case 115 -> time.sleep(thread, (int) a[0], (int) a[1], a[2], a[3]);
            case 153 -> time.times(thread, a[0]);
            case 169 -> time.getTimeOfDay(thread, a[0]);

            // files
            case 17 -> files.getcwd(thread, a[0], a[1]);
            case 23 -> thread.process.files.duplicate((int) a[0], 0, false);
            case 24 -> thread.process.files.duplicateTo((int) a[0], (int) a[1], (int) a[2]);
            case 25 -> files.fcntl(thread, (int) a[0], (int) a[1], a[2]);
            case 29 -> -SystemErrno.ENOTTY; // ioctl
            case 35 -> files.unlink(thread, a[1]);
            case 37 -> files.link(thread, a[1], a[3]);
            case 46 -> files.ftruncate(thread, (int) a[0], a[1]);
            case 48, 439 -> files.access(thread, a[1]);
            case 52, 53, 54, 55 -> 0; // chmod, chown
            case 56 -> files.open(thread, a[1], (int) a[2]);
            case 57 -> thread.process.files.close((int) a[0]);
            case 59 -> files.pipe(thread, a[0], (int) a[1]);
            case 62 -> files.seek(thread, (int) a[0], a[1], (int) a[2]);
            case 63 -> files.read(thread, (int) a[0], a[1], a[2], -1);
            case 64 -> files.write(thread, (int) a[0], a[1], a[2], -1);
            case 65 -> files.readVector(thread, (int) a[0], a[1], (int) a[2]);
            case 66 -> files.writeVector(thread, (int) a[0], a[1], (int) a[2]);
            case 67 -> files.read(thread, (int) a[0], a[1], a[2], a[3]);
            case 68 -> files.write(thread, (int) a[0], a[1], a[2], a[3]);
            case 78 -> files.readlink(thread, a[1], a[2], a[3]);
            case 79 -> files.stat(thread, (int) a[0], a[1], a[2]);
            case 80 -> files.fstat(thread, (int) a[0], a[1]);
            case 82, 83 -> 0; // fsync, fdatasync
            case 279 -> files.memfd(thread, a[0], (int) a[1]);

            // the system
            case 90 -> capabilities(thread, a[1]);
            case 91 -> 0; // capset
            case 160 -> uname(thread, a[0]);
            case 165 -> zeroes(thread, a[1], 144); // getrusage
            case 166 -> 18; // umask
            case 167 -> a[0] == 15 ? 0 : -Errno.EINVAL; // prctl: PR_SET_NAME
            case 174, 175, 176, 177 -> 0; // user and group: root
            case 179 -> information(thread, a[0]);
            case 261 -> limits(thread, a[1], a[3]);
            case 278 -> random(thread, a[0], a[1]);
            default -> -Errno.ENOSYS;
        };
    }

    private static long uname(GuestThread thread, long address) {
        ByteBuffer names = ProgramMemory.buffer(6 * 65);
        String[] fields = {"Linux", "guest", "6.18.0", "jfutex", "riscv64", ""};
        for (int i = 0; i < fields.length; i++) {
            names.put(65 * i, fields[i].getBytes(StandardCharsets.US_ASCII));
        }
        thread.memory().write(address, names);
        return 0;
    }

    /** capget: every capability, as root has. */
    private static long capabilities(GuestThread thread, long address) {
        if (address != 0) {
            thread.memory().storeLongs(address, -1, -1, -1);
        }
        return 0;
    }

    /** sysinfo: the sizes are those of the Java heap, and the unit is a byte. */
    private static long information(GuestThread thread, long address) {
        long heap = Runtime.getRuntime().maxMemory();
        ByteBuffer information = ProgramMemory.buffer(112);
        thread.memory()
                .write(address, information.putLong(32, heap).putLong(40, heap).putInt(104, 1));
        return 0;
    }

    static long zeroes(GuestThread thread, long address, int length) {
        if (address != 0) {
            thread.memory().write(address, ProgramMemory.buffer(length));
        }
        return 0;
    }

    /** prlimit64: 8 MiB of stack, and nothing else is limited. New limits are accepted and have no effect. */
    private static long limits(GuestThread thread, long resource, long old) {
        if (old != 0) {
            thread.memory().storeLongs(old, resource == 3 ? 8 << 20 : resource == 7 ? 1024 : -1, -1);
        }
        return 0;
    }

    private static long random(GuestThread thread, long address, long length) {
        byte[] bytes = new byte[(int) Math.min(length, 1 << 16)];
        ThreadLocalRandom.current().nextBytes(bytes);
        thread.memory().write(address, ByteBuffer.wrap(bytes));
        return bytes.length;
    }
}

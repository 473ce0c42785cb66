import static org.jfutex.linux.FutexConstants.FUTEX_WAIT;
import static org.jfutex.linux.FutexConstants.FUTEX_WAKE;

import org.jfutex.FutexTable;
import org.jfutex.linux.FutexCall;
import org.jfutex.linux.FutexCalls;
import org.jfutex.linux.SignalDisposition;
import org.jfutex.linux.Task;
import org.jfutex.linux.TaskTable;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.KeyRule;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.SpaceSettings;
import org.jfutex.time.VirtualClock;

/** A guest process whose main thread joins another thread, and handles a signal during that. */
public class GuestThreads {
    public static void main(String[] args) {
        var tasks = new TaskTable(FutexTable.builder().clock(new VirtualClock()));
        var calls = new FutexCalls(tasks);
        tasks.addKernelThread(2); // kthreadd: a PI word that holds 2 answers EPERM
        var memory = new AddressSpace(SpaceSettings.DEFAULT.withKeyRule(KeyRule.LINUX_2_6_28));
        long word = memory.map(MapRequest.anonymous(4096));
        Task main = tasks.spawn(memory);

        Task thread = main.newThread(); // clone with CLONE_VM and CLONE_THREAD
        memory.store(word, thread.tid()); // CLONE_CHILD_SETTID
        calls.setTidAddress(thread, word); // CLONE_CHILD_CLEARTID

        FutexCall join = calls.prepareFutex(main, word, FUTEX_WAIT, thread.tid(), 0, 0, 0);
        System.out.println(join.isDone()); // false

        join.suspend(); // a signal arrives
        calls.futex(main, word + 64, FUTEX_WAKE, 1, 0, 0, 0); // the handler makes calls of its own
        join.resume(SignalDisposition.RESTARTING_HANDLER);

        thread.exit(); // clears the word and wakes its waiter
        System.out.println(join.result() + " " + memory.load(word)); // 0 0
    }
}

import static org.jfutex.linux.FutexConstants.FUTEX_PRIVATE_FLAG;
import static org.jfutex.linux.FutexConstants.FUTEX_WAIT;

import org.jfutex.linux.FutexCalls;
import org.jfutex.linux.Task;
import org.jfutex.linux.TaskTable;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.KeyRule;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.SpaceSettings;

/** One emulated process whose only task makes a futex call. */
public class Emulator {
    public static void main(String[] args) {
        var tasks = new TaskTable();
        var calls = new FutexCalls(tasks);
        var memory = new AddressSpace(SpaceSettings.DEFAULT.withKeyRule(KeyRule.LINUX_2_6_28));
        long word = memory.map(MapRequest.anonymous(4096));
        Task main = tasks.spawn(memory);

        int op = FUTEX_WAIT | FUTEX_PRIVATE_FLAG;
        long result = calls.futex(main, word, op, 1, 0, 0, 0); // -11, EAGAIN: the word holds 0, not 1
        System.out.println(result);
    }
}

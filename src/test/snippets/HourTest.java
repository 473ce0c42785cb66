import static org.jfutex.Scope.PRIVATE;

import java.nio.ByteBuffer;
import java.time.Duration;
import org.jfutex.FutexTable;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.Deadline;
import org.jfutex.time.VirtualClock;

/** A timeout of one hour that takes no time. */
public class HourTest {
    public static void main(String[] args) {
        var clock = new VirtualClock();
        var table = FutexTable.builder().clock(clock).build();
        var memory = FlatMemory.of(ByteBuffer.allocateDirect(64));

        var wait = table.prepare(memory, 0, PRIVATE, 0);
        wait.asStage(Deadline.after(Duration.ofHours(1))).thenAccept(System.out::println);
        clock.advance(Duration.ofHours(1).toNanos()); // prints TIMED_OUT
    }
}

import static org.jfutex.Scope.PRIVATE;

import java.nio.ByteBuffer;
import org.jfutex.FutexTable;
import org.jfutex.memory.FlatMemory;

/** One thread waits until another thread sets a word. */
public class Hello {
    public static void main(String[] args) throws InterruptedException {
        var table = new FutexTable();
        var memory = FlatMemory.of(ByteBuffer.allocateDirect(4096));
        long ready = 64; // the address of a 32-bit word

        var setter = new Thread(() -> {
            memory.store(ready, 42);
            table.wake(memory, ready, PRIVATE, Integer.MAX_VALUE);
        });
        setter.start();
        while (memory.load(ready) == 0) {
            table.await(memory, ready, PRIVATE, 0); // sleeps only if the word is still 0
        }
        System.out.println("ready: " + memory.load(ready));
    }
}

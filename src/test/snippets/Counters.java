import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.memory.FlatMemory;
import org.jfutex.sync.FutexMutex;

/** A counter and its lock in a mapped file. */
public class Counters {
    public static void main(String[] args) throws IOException {
        Path path = Files.createTempFile("counters", ".data");
        try (var file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var data = FlatMemory.of(file.map(FileChannel.MapMode.READ_WRITE, 0, 4096));
            var mutex = new FutexMutex(new FutexTable(), data, 0, Scope.PRIVATE);
            mutex.lock();
            try {
                data.store(8, data.load(8) + 1);
            } finally {
                mutex.unlock();
            }
            System.out.println(data.load(8));
        }
    }
}

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.key.Access;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.HostFile;
import org.jfutex.memory.MapRequest;
import org.jfutex.sync.FutexMutex;

/** Two parts of one JVM that open the same file, and lock it by one mutex. */
public class TwoOwners {
    public static void main(String[] args) throws IOException {
        Path path = Files.write(Files.createTempFile("counters", ".data"), new byte[4096]);
        var table = new FutexTable(); // both parts use one table
        var mine = new AddressSpace();
        var yours = new AddressSpace();
        long here = mine.map(
                MapRequest.file(HostFile.open(path, Access.WRITE), 0, 4096).shared());
        long there = yours.map(MapRequest.file(HostFile.open(path, Access.WRITE), 0, 4096)
                .shared()
                .at(0x200000));

        var mutex = new FutexMutex(table, mine, here, Scope.SHARED);
        var same = new FutexMutex(table, yours, there, Scope.SHARED);
        mutex.lock();
        System.out.println(same.tryLock()); // false: it is one mutex
        mutex.unlock();
        System.out.println(same.tryLock()); // true
    }
}

import java.nio.ByteBuffer;
import org.jfutex.conformance.FutexConformance;
import org.jfutex.key.FutexMemory;
import org.jfutex.memory.FlatMemory;

/** A build that checks its own memory with the conformance kit. */
public class MyMemoryTest extends FutexConformance {
    @Override
    protected FutexMemory newMemory() {
        return FlatMemory.of(ByteBuffer.allocateDirect(8192)); // return your memory
    }
}

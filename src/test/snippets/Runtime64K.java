import java.nio.ByteBuffer;
import org.jfutex.FutexTable;
import org.jfutex.memory.FlatMemory;
import org.jfutex.wasm.WasmAtomics;

/** The waiting instructions of WebAssembly on one linear memory. */
public class Runtime64K {
    public static void main(String[] args) throws InterruptedException {
        var linear = FlatMemory.of(ByteBuffer.allocateDirect(65536));
        var atomics = new WasmAtomics(new FutexTable(), linear, true);

        System.out.println(atomics.wait32(16, 1, -1)); // 1: not equal
        System.out.println(atomics.wait64(16, 0, 1_000_000)); // 2: timed out after 1 ms
        System.out.println(atomics.notify(16, -1)); // 0: no waiter to wake

        atomics.prepareWait32(16, 0) // waits without a thread
                .asStage(WasmAtomics.deadline(-1))
                .thenApply(WasmAtomics::result)
                .thenAccept(System.out::println); // prints 0, woken, when the next line runs
        atomics.notify(16, 1);
    }
}

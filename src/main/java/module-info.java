/**
 * Linux futexes in pure Java: threads of one JVM wait on, and wake, a word of memory by its address.
 *
 * <p>All waiters and wakers live in one JVM. The library never calls the operating system's futex and does not
 * synchronize processes.
 *
 * <table class="striped">
 * <caption>Where to start</caption>
 * <thead><tr><th>You write</th><th>Package</th><th>Start with</th></tr></thead>
 * <tbody>
 * <tr><td>a Linux user-mode emulator</td><td>{@link org.jfutex.linux}</td>
 *     <td>{@link org.jfutex.linux.FutexCalls}</td></tr>
 * <tr><td>a WebAssembly runtime</td><td>{@link org.jfutex.wasm}</td><td>{@link org.jfutex.wasm.WasmAtomics}</td></tr>
 * <tr><td>data off the heap or in mapped files</td><td>{@link org.jfutex.sync}</td>
 *     <td>{@link org.jfutex.sync.FutexMutex}</td></tr>
 * <tr><td>your own primitives, or tests of code that waits</td><td>{@link org.jfutex}</td>
 *     <td>{@link org.jfutex.FutexTable}, {@link org.jfutex.time.VirtualClock}</td></tr>
 * </tbody>
 * </table>
 *
 * <p>All of them need a memory, which implements {@link org.jfutex.key.FutexMemory}:
 * {@link org.jfutex.memory.FlatMemory} over a buffer, {@link org.jfutex.memory.AddressSpace} with emulated mappings, or
 * one of your own.
 *
 * <pre>
 *   org.jfutex.linux   org.jfutex.sync   org.jfutex.wasm
 *             \              |              /
 *                       org.jfutex
 *                            |
 *                     org.jfutex.time     org.jfutex.memory
 *                                 \         /
 *                               org.jfutex.key
 * </pre>
 *
 * <p>{@code org.jfutex.memory} and {@code org.jfutex} never import each other: the caller passes a memory to the table.
 *
 * <p>Lock order, over all packages; a thread may take a lock only if it holds none below it:
 *
 * <pre>
 *   the tasks of an emulated machine (org.jfutex.linux)
 *     the watchdog of a table
 *       the bucket with the lower index
 *         the bucket with the higher index
 *           the priority-inheritance lock of the table
 *             the locks of a memory
 * </pre>
 *
 * <p>Threads are unparked and callbacks run after the last lock is released.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/futex.2.html">futex(2)</a>
 * @see <a href="https://lore.kernel.org/lkml/20030902065144.GC7619@mail.jlokier.co.uk/">Jamie Lokier's mail of
 *     2 September 2003</a>
 */
module org.jfutex {
    requires static jdk.jfr; // events are recorded if the module is present
    requires static org.jspecify; // annotations only: users compile and run without it

    exports org.jfutex;
    exports org.jfutex.key;
    exports org.jfutex.linux;
    exports org.jfutex.memory;
    exports org.jfutex.sync;
    exports org.jfutex.time;
    exports org.jfutex.wasm;
}

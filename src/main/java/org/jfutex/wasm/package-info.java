/**
 * The atomics of WebAssembly that sleep, for a runtime to call: {@code memory.atomic.wait32}, {@code wait64} and {@code notify}.
 *
 * <p>One {@link org.jfutex.wasm.WasmAtomics} serves one linear memory, whatever number of instances share it. Its words are private to the memory, so
 * memories of one table never meet, and a notify costs no look-up. What the specification calls a trap is a {@link org.jfutex.wasm.TrapException},
 * which a runtime turns into its own; an interrupt of the thread is its own affair, since WebAssembly has none, and so is a {@link org.jfutex.TooManyWaitersException}. Whoever closes a memory ends
 * the waits with {@link org.jfutex.FutexTable#cancel(org.jfutex.key.FutexMemory)}: they trap. Both waits have a form that does not block, for event loops.
 *
 * <p>Source: the threads proposal of WebAssembly, "Wait and notify operators".
 */
@NullMarked
package org.jfutex.wasm;

import org.jspecify.annotations.NullMarked;

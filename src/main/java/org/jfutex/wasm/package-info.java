/**
 * The wait and notify instructions of WebAssembly, for a runtime to call: {@code memory.atomic.wait32},
 * {@code memory.atomic.wait64} and {@code memory.atomic.notify}.
 *
 * <p>One {@link org.jfutex.wasm.WasmAtomics} serves one linear memory, which any number of instances may share. Its
 * keys are private to the memory. So waiters of different memories in one table never match, and a notify does not
 * look up a mapping. Both waits have a form that does not block, for event loops.
 *
 * <p>A runtime converts three exceptions:
 *
 * <ul>
 *   <li>{@link org.jfutex.wasm.TrapException} is a trap of the specification.
 *   <li>{@link InterruptedException} is left to the runtime, because WebAssembly has no interrupts.
 *   <li>{@link org.jfutex.TooManyWaitersException} means that a limit of the host was reached.
 * </ul>
 *
 * <p>A runtime that closes a memory ends its waits with
 * {@link org.jfutex.FutexTable#cancel(org.jfutex.key.FutexMemory)}. The cancelled waits trap.
 *
 * <p>Source: the threads proposal of WebAssembly, "Wait and notify operators".
 */
@NullMarked
package org.jfutex.wasm;

import org.jspecify.annotations.NullMarked;

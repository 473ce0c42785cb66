/**
 * The atomics of WebAssembly that sleep, for a runtime to call: {@code memory.atomic.wait32}, {@code wait64} and {@code notify}.
 *
 * <p>Source: the threads proposal of WebAssembly, "Wait and notify operators".
 */
@NullMarked
package org.jfutex.wasm;

import org.jspecify.annotations.NullMarked;

/**
 * WebAssembly threads on the runtime Endive: a linear memory whose guests wait and notify through a futex table.
 *
 * <pre>
 *   EndiveMemory       the memory: the three instructions wait32, wait64 and notify, and close
 *   DelegatingMemory   all other instructions, delegated to a memory of Endive
 * </pre>
 */
@NullMarked
package org.jfutex.endive;

import org.jspecify.annotations.NullMarked;

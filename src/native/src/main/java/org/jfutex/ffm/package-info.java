/**
 * Memories over memory segments, which need JDK 22.
 *
 * <pre>
 *   SegmentMemory   words in a segment of any length: native, mapped, or an array on the heap
 *   AddressCheck    says which addresses of a guest's whole address space may be accessed
 *   Words           atomic access to words of four sizes in two byte orders
 * </pre>
 */
@NullMarked
package org.jfutex.ffm;

import org.jspecify.annotations.NullMarked;

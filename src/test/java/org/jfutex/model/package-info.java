/** Tests of the table and the locks under a model checker, and mutants that it must detect. */
@NullMarked
package org.jfutex.model;

import org.jspecify.annotations.NullMarked;

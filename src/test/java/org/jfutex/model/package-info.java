/** The table and the locks under a model checker, and the twins that it must catch. */
@NullMarked
package org.jfutex.model;

import org.jspecify.annotations.NullMarked;

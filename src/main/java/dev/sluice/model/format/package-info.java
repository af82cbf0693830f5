/** Which format a model on disk has, and how it is opened. */
@NullMarked
package dev.sluice.model.format;

import org.jspecify.annotations.NullMarked;

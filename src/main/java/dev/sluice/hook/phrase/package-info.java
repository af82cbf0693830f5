/** Forbidden phrases and patterns, matched on text so that every tokenisation is covered. */
@NullMarked
package dev.sluice.hook.phrase;

import org.jspecify.annotations.NullMarked;

/** What must hold of a whole answer: a {@link dev.sluice.hook.constrain.Constraint} reads bytes, and its positions say which tokens may follow. */
@NullMarked
package dev.sluice.hook.constrain;

import org.jspecify.annotations.NullMarked;

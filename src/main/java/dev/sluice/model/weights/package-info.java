/** What model files have in common: tensors and how they are stored, the families of models, their extents, and the check that a file is what it claims. */
@NullMarked
package dev.sluice.model.weights;

import org.jspecify.annotations.NullMarked;

/** Target models: files, the model store, and the {@link dev.sluice.model.CausalModel} border. May use {@code token}; nothing above this package knows a tensor. */
@NullMarked
package dev.sluice.model;

import org.jspecify.annotations.NullMarked;

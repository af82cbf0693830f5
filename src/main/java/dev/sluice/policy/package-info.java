/** Policy files: YAML documents, their validation, and the compiled, immutable set that the engine enforces. May use {@code hook}. */
@NullMarked
package dev.sluice.policy;

import org.jspecify.annotations.NullMarked;

/** Folders of trained networks: weights, a manifest that says which model they were trained for, and a card. */
@NullMarked
package dev.sluice.hook.classifier;

import org.jspecify.annotations.NullMarked;

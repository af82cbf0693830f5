/**
 * The model store: model files by name, from a Python package index, a model hub or a path, fetched once, checked and
 * kept. Plain Java; knows nothing of what is in a model file.
 */
@NullMarked
package dev.sluice.model.store;

import org.jspecify.annotations.NullMarked;

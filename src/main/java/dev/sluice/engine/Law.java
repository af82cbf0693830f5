package dev.sluice.engine;

import dev.sluice.decode.Choice;
import dev.sluice.decode.Judge;
import dev.sluice.decode.SamplingParameters;
import dev.sluice.model.RowQuery;
import dev.sluice.token.Vocabulary;

/** placeholder */
final class Law {}

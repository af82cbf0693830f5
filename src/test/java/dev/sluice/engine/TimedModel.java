package dev.sluice.engine;

import dev.sluice.model.CausalModel;
import dev.sluice.testkit.ForwardingModel;

/** A model that claims what its passes cost: on a clock that stands still, all an engine ever knows of it. */
final class TimedModel extends ForwardingModel {
    private final long[] passTimes;

    TimedModel(CausalModel model, long[] passTimes) {
        super(model);
        this.passTimes = passTimes;
    }

    @Override
    public long[] passTimes() {
        return passTimes;
    }
}

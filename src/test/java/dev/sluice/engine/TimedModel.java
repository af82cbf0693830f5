package dev.sluice.engine;

import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelDescription;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.Segment;
import java.util.List;

/** A model that claims what its passes cost: on a clock that stands still, all an engine ever knows of it. */
record TimedModel(CausalModel model, long[] passTimes) implements CausalModel {
    @Override
    public ModelDescription description() {
        return model.description();
    }

    @Override
    public ModelSession open() {
        return model.open();
    }

    @Override
    public int freePositions() {
        return model.freePositions();
    }

    @Override
    public int totalPositions() {
        return model.totalPositions();
    }

    @Override
    public int maxSegment() {
        return model.maxSegment();
    }

    @Override
    public int maxTreeNodes() {
        return model.maxTreeNodes();
    }

    @Override
    public Pass forward(List<Segment> segments) {
        return model.forward(segments);
    }

    @Override
    public void close() {
        model.close();
    }
}

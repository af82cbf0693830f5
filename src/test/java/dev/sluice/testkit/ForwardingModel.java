package dev.sluice.testkit;

import dev.sluice.model.CacheScope;
import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelDescription;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.Segment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A model that does all that another does; tests override what they want otherwise. */
public class ForwardingModel implements CausalModel {
    private final CausalModel model;

    /** Forwards to a model, closing included. */
    public ForwardingModel(CausalModel model) {
        this.model = model;
    }

    @Override
    public ModelDescription description() {
        return model.description();
    }

    @Override
    public ModelSession open() {
        return model.open();
    }

    @Override
    public ModelSession open(CacheScope scope) {
        return model.open(scope);
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
    public int pageSize() {
        return model.pageSize();
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
    public long @Nullable [] passTimes() {
        return model.passTimes();
    }

    @Override
    public Pass forward(List<Segment> segments) {
        return model.forward(segments);
    }

    @Override
    public void watch(List<Integer> layers) {
        model.watch(layers);
    }

    @Override
    public void close() {
        model.close();
    }
}

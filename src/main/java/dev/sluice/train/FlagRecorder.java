package dev.sluice.train;

import dev.sluice.decode.Verdict;
import dev.sluice.hook.GuardHook;
import dev.sluice.hook.HookState;
import dev.sluice.hook.PromptContext;
import dev.sluice.hook.PromptReading;
import dev.sluice.hook.unlearn.UnlearnHook;
import dev.sluice.model.ModelDescription;

/** An unlearning rule that remembers whether the latest prompt was flagged. For one request at a time. */
public final class FlagRecorder implements GuardHook {
    private final UnlearnHook hook;
    private volatile boolean flagged;

    /** Records what a hook does, which it enforces as it is. */
    public FlagRecorder(UnlearnHook hook) {
        this.hook = hook;
    }

    /** The rule that is recorded. */
    public UnlearnHook hook() {
        return hook;
    }

    /** Whether the latest prompt was flagged. */
    public boolean flagged() {
        return flagged;
    }

    @Override
    public HookState start(PromptContext prompt) {
        HookState state = noted(hook.start(prompt));
        return hook.promptLayers().length == 0 ? state : new Unread(this, state);
    }

    private HookState noted(HookState state) {
        flagged = UnlearnHook.isFlagged(state);
        return state;
    }

    @Override
    public int holdBack() {
        return hook.holdBack();
    }

    @Override
    public int[] promptLayers() {
        return hook.promptLayers();
    }

    @Override
    public void require(ModelDescription model) {
        hook.require(model);
    }

    /** Before the model has read the prompt; nothing is asked then. */
    private record Unread(FlagRecorder recorder, HookState state) implements HookState {
        @Override
        public HookState prompted(PromptReading reading) {
            return recorder.noted(state.prompted(reading));
        }

        @Override
        public Verdict judge(int token, boolean ends) {
            return state.judge(token, ends);
        }

        @Override
        public HookState after(int token) {
            return state.after(token);
        }
    }
}

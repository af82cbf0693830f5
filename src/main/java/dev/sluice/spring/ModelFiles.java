package dev.sluice.spring;

import dev.sluice.model.store.ModelSource;
import dev.sluice.model.store.ModelStore;
import dev.sluice.model.store.StoredModel;
import org.jspecify.annotations.Nullable;

/**
 * The model file that the settings name.
 *
 * @param store fetches and keeps files
 * @param source where the file comes from
 */
public record ModelFiles(ModelStore store, ModelSource source) {
    /** The source of the settings: with {@code sluice.model.sha256}, that is the hash the fetched file must have. */
    static ModelSource sourceOf(SluiceProperties.Model model) {
        String text = model.source() == null ? ModelSource.DEFAULT : model.source();
        return sourceOf("sluice.model.source", text, model.sha256());
    }

    /** The file of the draft model that the settings name, or null where they name none. */
    @Nullable
    ModelFiles ofDraft(SluiceProperties.DraftModel draft) {
        String text = draft.source();
        if (text == null || draft.isTarget()) {
            return text == null ? null : this;
        }
        return new ModelFiles(store, sourceOf("sluice.draft.model.source", text, draft.sha256()));
    }

    /** The source of a setting, with another hash than its own if one is given. */
    static ModelSource sourceOf(String setting, String text, @Nullable String sha256) {
        if (sha256 == null) {
            return ModelSource.parse(setting, text);
        }
        int hash = text.indexOf("#sha256=");
        return ModelSource.parse(setting, (hash < 0 ? text : text.substring(0, hash)) + "#sha256=" + sha256);
    }

    /** The file, fetched unless it is here; fails with a {@link dev.sluice.model.store.ModelStoreException}. */
    public StoredModel fetch() {
        return store.fetch(source);
    }
}

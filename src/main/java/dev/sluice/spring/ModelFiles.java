package dev.sluice.spring;

import dev.sluice.model.store.ModelSource;
import dev.sluice.model.store.ModelStore;
import dev.sluice.model.store.StoredModel;

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
        if (model.sha256() == null) {
            return ModelSource.parse(text);
        }
        int hash = text.indexOf("#sha256=");
        return ModelSource.parse((hash < 0 ? text : text.substring(0, hash)) + "#sha256=" + model.sha256());
    }

    /** The file, fetched unless it is here; fails with a {@link dev.sluice.model.store.ModelStoreException}. */
    public StoredModel fetch() {
        return store.fetch(source);
    }
}

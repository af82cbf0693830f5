package dev.sluice.spring;

/** Fetches, checks and loads the model that the settings name. An application may bring its own. */
@FunctionalInterface
public interface ModelLoader {
    /**
     * Loads the model; may take minutes on first use, when it is downloaded.
     *
     * @throws Exception if it cannot be had; the message names the source and says what to do
     */
    LoadedModel load() throws Exception;
}

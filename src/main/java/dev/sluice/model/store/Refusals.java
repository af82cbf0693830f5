package dev.sluice.model.store;

import dev.sluice.model.store.Http.Answer;
import dev.sluice.model.store.ModelStoreException.Code;
import dev.sluice.model.store.Retry.BusyException;

/** What a server's refusal means. */
final class Refusals {
    private Refusals() {}

    /**
     * The error for a status that is not success.
     *
     * @throws BusyException if another attempt may help
     */
    static ModelStoreException of(Answer answer, String label) throws BusyException {
        int status = answer.status();
        String what = label + ": " + answer.address().getHost() + " answers " + status;
        if (status == 401 || status == 403) {
            return new ModelStoreException(
                    Code.UNAUTHORIZED,
                    what + ": check the name, and give credentials (HF_TOKEN for a model hub, user and password in"
                            + " PIP_INDEX_URL for a package index); a gated repository also wants its terms accepted");
        }
        if (status == 404 || status == 410) {
            return new ModelStoreException(
                    Code.NOT_FOUND, what + ": check the spelling of the source, and that the server has it");
        }
        if (status == 408 || status == 429 || status >= 500) {
            throw new BusyException(status);
        }
        return new ModelStoreException(
                Code.BAD_ANSWER, what + ", which is not understood: check the source and the server's address");
    }
}

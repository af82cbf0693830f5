package dev.sluice.decode;

/** The guards at one prefix, as the law sees them. Pure: the same token gets the same verdict. */
@FunctionalInterface
public interface Judge {
    /** A judge that accepts everything. */
    Judge LENIENT = token -> Verdict.ACCEPT;

    /** The verdict on a candidate. */
    Verdict judge(int token);
}

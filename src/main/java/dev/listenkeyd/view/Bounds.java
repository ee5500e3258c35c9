package dev.listenkeyd.view;

import dev.listenkeyd.renewal.Registration;
import dev.listenkeyd.renewal.Secret;

/** What the description of the API says of names and keys. */
public final class Bounds {
    public static final String ACCOUNT = "^" + Registration.ACCOUNT_SYNTAX + "$";
    public static final String HOLDER = "^" + Registration.HOLDER_SYNTAX + "$";
    public static final String SECRET = "^" + Secret.SYNTAX + "$";

    private Bounds() {}
}

package dev.listenkeyd.http;

import dev.listenkeyd.renewal.Registration;
import dev.listenkeyd.renewal.Secret;

/** What the description of the API says of names and keys. */
final class Bounds {
    static final String ACCOUNT = "^" + Registration.ACCOUNT_SYNTAX + "$";
    static final String HOLDER = "^" + Registration.HOLDER_SYNTAX + "$";
    static final String SECRET = "^" + Secret.SYNTAX + "$";

    private Bounds() {}
}

package dev.listenkeyd.http;

/** What the description of the API says of names; the code behind it checks on its own. */
final class Bounds {
    static final String ACCOUNT = "^[a-z0-9][a-z0-9_-]{0,62}$";
    static final String HOLDER = "^[A-Za-z0-9][A-Za-z0-9._:-]{0,62}$";
    static final String SECRET = "^[!-~]{1,256}$";

    private Bounds() {}
}

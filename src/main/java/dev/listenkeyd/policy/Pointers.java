package dev.listenkeyd.policy;

/** JSON pointers, RFC 6901. */
final class Pointers {
    private Pointers() {}

    static String escaped(String member) {
        return member.replace("~", "~0").replace("/", "~1");
    }
}

package dev.listenkeyd.view;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds the unknown members of a request. */
public final class UnknownMembers {
    private static final Pattern SHOWABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]{0,30}");

    private UnknownMembers() {}

    /** A sentence for each name that is not among the known ones. */
    public static List<String> unknown(Stream<String> names, List<String> known) {
        return names.filter(name -> !known.contains(name))
                .map(name -> shown(name) + ": unknown member; known are " + String.join(", ", known))
                .toList();
    }

    /** The name, unless it could be a key in the wrong place. */
    private static String shown(String name) {
        return SHOWABLE.matcher(name).matches() ? name : "(not a name)";
    }
}

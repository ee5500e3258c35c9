package dev.listenkeyd.policy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes a policy from parsed JSON. All violations are reported at once, each with its JSON pointer. An unknown member is a
 * violation, since it would not be enforced.
 */
public final class PolicyReader {
    /** Tools in one policy. */
    static final int MOST_TOOLS = 256;
    /** Limits in one list. */
    static final int MOST_LIMITS = 16;
    /** Calls that a sliding limit allows; each is kept in memory. */
    static final int MOST_RECENT = 10_000;

    private static final int LONGEST_RATE_SECONDS = 86_400;
    private static final int MOST_VIOLATIONS = 50;

    private static final Pattern TOOL = Pattern.compile("[A-Za-z0-9_.-]{1,128}");
    private static final Pattern COUNTER = Pattern.compile("[A-Za-z0-9_.:-]{1,128}");
    /** Models and people read it. */
    private static final Pattern REASON = Pattern.compile("[^\\p{Cntrl}]{1,200}");

    private static final Set<String> MEMBERS = Set.of("version", "default", "hide", "all_tools", "tools");
    private static final Set<String> RULE_MEMBERS = Set.of("action", "reason", "limits", "rate_limit");
    private static final Set<String> LIMIT_MEMBERS = Set.of("counter", "window", "max", "scope");

    private final List<String> violations = new ArrayList<>();

    private PolicyReader() {}

    /** Not a policy. */
    public static final class Invalid extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient List<String> violations;

        private Invalid(List<String> violations) {
            super(String.join("; ", violations));
            this.violations = List.copyOf(violations);
        }

        /** Sentences, each beginning with a JSON pointer; they quote member names, but no values. */
        public List<String> violations() {
            return violations;
        }
    }

    /**
     * @param json as a JSON parser gives it: maps, lists, strings, numbers, booleans and nulls
     * @throws Invalid listing all violations
     */
    public static Policy read(@Nullable Object json) throws Invalid {
        PolicyReader reader = new PolicyReader();
        if (!(json instanceof Map<?, ?>)) {
            throw new Invalid(List.of("the policy must be an object"));
        }
        Policy policy = reader.policy(json);
        if (!reader.violations.isEmpty()) {
            int more = reader.violations.size() - MOST_VIOLATIONS;
            List<String> shown = new ArrayList<>(
                    reader.violations.stream().limit(MOST_VIOLATIONS).toList());
            if (more > 0) {
                shown.add("and " + more + " more");
            }
            throw new Invalid(shown);
        }
        return policy;
    }

    private Policy policy(Object json) {
        Map<?, ?> members = object(json, "", MEMBERS);
        if (!"1".equals(members.get("version"))) {
            wrong("/version", "must be \"1\"");
        }
        boolean allows = members.containsKey("default")
                && word(members.get("default"), "/default", "deny", "allow").equals("allow");
        Set<String> hidden = members.containsKey("hide") ? names(members.get("hide"), "/hide") : Set.of();
        List<Limit> allTools = List.of();
        if (members.containsKey("all_tools")) {
            Map<?, ?> rule = object(members.get("all_tools"), "/all_tools", Set.of("limits"));
            allTools = limits(rule, "/all_tools");
        }
        Map<String, ToolRule> tools = members.containsKey("tools") ? tools(members.get("tools")) : Map.of();
        return new Policy(allows, hidden, allTools, tools);
    }

    private Set<String> names(@Nullable Object json, String pointer) {
        Set<String> names = new TreeSet<>();
        List<?> items = list(json, pointer, MOST_TOOLS);
        for (int i = 0; i < items.size(); i++) {
            names.add(text(items.get(i), pointer + "/" + i, TOOL, "the name of a tool"));
        }
        return names;
    }

    private Map<String, ToolRule> tools(@Nullable Object json) {
        Map<String, ToolRule> tools = new HashMap<>();
        if (!(json instanceof Map<?, ?> rules)) {
            wrong("/tools", "must be an object");
            return tools;
        }
        if (rules.size() > MOST_TOOLS) {
            wrong("/tools", "must not have more than " + MOST_TOOLS + " members");
        }
        rules.forEach((name, rule) -> {
            String tool = String.valueOf(name);
            String pointer = Policy.pointer(tool);
            if (!TOOL.matcher(tool).matches()) {
                wrong(pointer, "is not the name of a tool");
            }
            tools.put(tool, rule(rule, pointer));
        });
        return tools;
    }

    private ToolRule rule(@Nullable Object json, String pointer) {
        Map<?, ?> members = object(json, pointer, RULE_MEMBERS);
        ToolRule.Action action = ToolRule.Action.ALLOW;
        if (members.containsKey("action")) {
            String word = word(members.get("action"), pointer + "/action", "allow", "deny", "require_approval");
            action = ToolRule.Action.valueOf(word.toUpperCase(Locale.ROOT));
        }
        String reason = members.containsKey("reason")
                ? text(members.get("reason"), pointer + "/reason", REASON, "1 to 200 printable characters")
                : null;
        RateLimit rate = members.containsKey("rate_limit")
                ? rateLimit(members.get("rate_limit"), pointer + "/rate_limit")
                : null;
        return new ToolRule(action, reason, limits(members, pointer), rate);
    }

    private List<Limit> limits(Map<?, ?> rule, String parent) {
        if (!rule.containsKey("limits")) {
            return List.of();
        }
        String pointer = parent + "/limits";
        List<?> items = list(rule.get("limits"), pointer, MOST_LIMITS);
        List<Limit> limits = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            limits.add(limit(items.get(i), pointer + "/" + i));
        }
        return limits;
    }

    private Limit limit(@Nullable Object json, String pointer) {
        Map<?, ?> members = object(json, pointer, LIMIT_MEMBERS);
        String counter = text(
                members.get("counter"),
                pointer + "/counter",
                COUNTER,
                "1 to 128 letters, digits and the signs _ . : -");
        String window = word(members.get("window"), pointer + "/window", "minute", "hour", "day");
        int max = number(members.get("max"), pointer + "/max", Integer.MAX_VALUE);
        String scope = word(members.get("scope"), pointer + "/scope", "grant", "session", "server");
        return new Limit(
                counter,
                Window.valueOf(window.toUpperCase(Locale.ROOT)),
                max,
                Limit.Scope.valueOf(scope.toUpperCase(Locale.ROOT)),
                pointer);
    }

    private RateLimit rateLimit(@Nullable Object json, String pointer) {
        Map<?, ?> members = object(json, pointer, Set.of("max", "window"));
        int max = number(members.get("max"), pointer + "/max", MOST_RECENT);
        int seconds = number(members.get("window"), pointer + "/window", LONGEST_RATE_SECONDS);
        return new RateLimit(max, Duration.ofSeconds(seconds), pointer);
    }

    /** The object, or an empty one when it is none. */
    private Map<?, ?> object(@Nullable Object json, String pointer, Set<String> known) {
        if (!(json instanceof Map<?, ?> members)) {
            wrong(pointer, "must be an object");
            return Map.of();
        }
        for (Object member : members.keySet()) {
            String name = String.valueOf(member);
            if (!known.contains(name)) {
                wrong(pointer + "/" + Policy.escaped(name), "is not known here");
            }
        }
        return members;
    }

    private List<?> list(@Nullable Object json, String pointer, int most) {
        if (!(json instanceof List<?> items)) {
            wrong(pointer, "must be a list");
            return List.of();
        }
        if (items.size() > most) {
            wrong(pointer, "must not have more than " + most + " items");
            return List.of();
        }
        return items;
    }

    /** One of the words; the first one when it is none of them. */
    private String word(@Nullable Object json, String pointer, String... words) {
        for (String word : words) {
            if (word.equals(json)) {
                return word;
            }
        }
        wrong(pointer, "must be one of " + String.join(", ", words));
        return words[0];
    }

    private String text(@Nullable Object json, String pointer, Pattern syntax, String meant) {
        if (json instanceof String text && syntax.matcher(text).matches()) {
            return text;
        }
        wrong(pointer, "must be " + meant);
        return "";
    }

    private int number(@Nullable Object json, String pointer, int most) {
        boolean whole = json instanceof Integer || json instanceof Long;
        long number = whole && json instanceof Number value ? value.longValue() : 0;
        if (number < 1 || number > most) {
            wrong(pointer, "must be a whole number from 1 to " + most);
            return 1;
        }
        return (int) number;
    }

    private void wrong(String pointer, String sentence) {
        violations.add(pointer + ": " + sentence);
    }
}

package dev.listenkeyd.config;

import static java.util.stream.Collectors.toCollection;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.Config;

/**
 * The settings of things that have names, such as accounts. A property has the name as it is: {@code
 * listenkeyd.accounts.my-desk.api-key}. A variable has it in upper case, with underscores only.
 */
final class NamedSettings {
    private final String prefix;
    private final Pattern variable;
    private final Pattern property;

    /** @param members as in a property: {@code api-key} */
    NamedSettings(String group, String... members) {
        String either = String.join("|", members);
        this.prefix = Values.variable("listenkeyd." + group + ".");
        this.variable = Pattern.compile(prefix + "(.+?)_(" + Values.variable(either) + ")");
        this.property = Pattern.compile("listenkeyd\\." + group + "\\.\"?([^.\"]+)\"?\\.(" + either + ")");
    }

    /** The start of the names of all variables of this group. */
    String prefix() {
        return prefix;
    }

    /** The start of the names of all variables of one thing, without the last underscore. */
    String prefix(String name) {
        return prefix + Values.variable(name);
    }

    boolean isVariable(String name) {
        return variable.matcher(name).matches();
    }

    boolean isAnySet(Config config) {
        return !settings(config).isEmpty();
    }

    /** Values by name and member. A value that refers to an absent setting is empty: an error message would quote it. */
    Map<String, Map<String, String>> read(Config config) {
        Set<String> settings = settings(config);
        Map<String, Map<String, String>> values = new TreeMap<>();
        for (String setting : settings) {
            Matcher found = setting.startsWith(prefix) ? variable.matcher(setting) : property.matcher(setting);
            if (found.matches() && !overridesProperty(setting, settings)) {
                String member = found.group(2).toLowerCase(Locale.ROOT).replace('_', '-');
                String value = config.getConfigValue(setting).getValue();
                values.computeIfAbsent(found.group(1).toLowerCase(Locale.ROOT), name -> new HashMap<>())
                        .put(member, value == null ? "" : value);
            }
        }
        return values;
    }

    /** Variables and properties of this group that have no known member, as variables. */
    Set<String> unknown(Config config) {
        Set<String> settings = settings(config);
        return settings.stream()
                .filter(name -> !isVariable(name) && !property.matcher(name).matches())
                // A variable is listed under two names; the name of the property is a guess.
                .filter(name -> name.startsWith(prefix) || !settings.contains(Values.variable(name)))
                .map(Values::variable)
                .collect(toCollection(TreeSet::new));
    }

    /** Such a variable sets the property of a name with a dash, which no variable can have. */
    private boolean overridesProperty(String setting, Set<String> settings) {
        return setting.startsWith(prefix)
                && settings.stream()
                        .anyMatch(name -> property.matcher(name).matches()
                                && Values.variable(name).equals(setting));
    }

    private Set<String> settings(Config config) {
        return Values.ownNames(config)
                .filter(name -> Values.variable(name).startsWith(prefix))
                .collect(toCollection(TreeSet::new));
    }
}

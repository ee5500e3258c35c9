package dev.listenkeyd.config;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.listenkeyd.encoding.WireWord;
import dev.listenkeyd.files.SettingsFile;
import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.notify.Webhook;
import dev.listenkeyd.notify.WebhookKey;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.Nullable;

/**
 * Reads the webhooks. A misspelt setting stops the start: it could leave out events that a person waits for. No message repeats
 * a secret or an address.
 */
final class WebhooksReader {
    static final NamedSettings SETTINGS =
            new NamedSettings("webhooks", "url", "secret-file", "secret", "types", "accounts");

    /** Each may have a few calls in flight. */
    static final int MOST = 32;

    private static final int MOST_FILE_BYTES = 1024;

    private static final String MEMBERS = "_URL, _SECRET, _SECRET_FILE, _TYPES and _ACCOUNTS";

    private final Violations violations;
    private final List<Webhook> webhooks = new ArrayList<>();

    private WebhooksReader(Violations violations) {
        this.violations = violations;
    }

    static List<Webhook> read(Config config, Violations violations) {
        for (String name : SETTINGS.unknown(config)) {
            violations.add(name + ": is no setting of a webhook; these are " + MEMBERS);
        }
        WebhooksReader reader = new WebhooksReader(violations);
        Map<String, Map<String, String>> settings = SETTINGS.read(config);
        settings.forEach(reader::add);
        if (settings.size() > MOST) {
            violations.add(SETTINGS.prefix() + "...: at most " + MOST + " webhooks; these are " + settings.size());
        }
        return reader.webhooks;
    }

    private void add(String name, Map<String, String> values) {
        String where = SETTINGS.prefix(name);
        if (!Registration.ACCOUNT.matcher(name).matches()) {
            violations.add(where + ": a webhook's name must match " + Registration.ACCOUNT);
        }
        String address = values.getOrDefault("url", "");
        URI url = violations.collect(where + "_URL", () -> ExchangeAddress.ofReceiver(address));
        WebhookKey key = key(where, values.get("secret"), values.get("secret-file"));
        Set<EventType> types = types(where, values.get("types"));
        Set<String> accounts = accounts(where, values.get("accounts"));
        if (url != null && key != null) {
            webhooks.add(new Webhook(name, url, key, types, accounts));
        }
    }

    private @Nullable WebhookKey key(String where, @Nullable String secret, @Nullable String file) {
        if (secret != null && file == null) {
            return violations.collect(where + "_SECRET", () -> WebhookKey.of(secret.strip()));
        }
        if (file != null && secret == null) {
            return violations.read(where + "_SECRET_FILE", file, WebhooksReader::keyOfFile);
        }
        violations.add(where + ": exactly one of _SECRET and _SECRET_FILE must be set");
        return null;
    }

    private static WebhookKey keyOfFile(Path file) {
        return WebhookKey.of(new String(SettingsFile.read(file, MOST_FILE_BYTES), ISO_8859_1).strip());
    }

    private Set<EventType> types(String where, @Nullable String list) {
        if (list == null) {
            return Webhook.DEFAULT_TYPES;
        }
        Set<String> words = words(list);
        Set<EventType> types = Arrays.stream(EventType.values())
                .filter(type -> words.contains(WireWord.of(type)))
                .collect(Collectors.toSet());
        if (types.size() < words.size()) {
            violations.add(where + "_TYPES: must be a list of "
                    + Arrays.stream(EventType.values()).map(WireWord::of).collect(Collectors.joining(", ")));
        }
        return types;
    }

    private Set<String> accounts(String where, @Nullable String list) {
        Set<String> accounts = list == null ? Set.of() : words(list);
        if (!accounts.stream()
                .allMatch(account -> Registration.ACCOUNT.matcher(account).matches())) {
            violations.add(where + "_ACCOUNTS: must be a list of accounts, whose names match " + Registration.ACCOUNT);
        }
        return accounts;
    }

    private static Set<String> words(String list) {
        return Arrays.stream(list.split(",", -1)).map(String::strip).collect(Collectors.toSet());
    }
}

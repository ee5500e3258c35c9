package dev.listenkeyd.config;

import dev.listenkeyd.binance.Product;
import dev.listenkeyd.binance.stream.StreamWatch;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.microprofile.config.Config;

/** Reads which streams are watched. The stream's address is checked only if any is: otherwise it is just handed out. */
final class StreamWatchReader {
    private static final String MAX = "listenkeyd.stream.watch-max";

    private StreamWatchReader() {}

    static StreamWatch.Scope read(Config config, Values values, Violations violations) {
        Set<String> named = new TreeSet<>();
        Set<String> exempt = new TreeSet<>();
        AccountsReader.SETTINGS.read(config).forEach((account, members) -> {
            String watch = members.getOrDefault("watch", "");
            if (watch.equalsIgnoreCase("true")) {
                named.add(account);
            } else if (watch.equalsIgnoreCase("false")) {
                exempt.add(account);
            } else if (!watch.isEmpty()) {
                violations.add(AccountsReader.SETTINGS.prefix(account) + "_WATCH: neither true nor false");
            }
        });
        int max = values.number(MAX, 1);
        StreamWatch.Scope scope = new StreamWatch.Scope(values.flag("listenkeyd.stream.watch"), named, exempt, max);
        if (named.size() > max) {
            violations.add(Values.variable(MAX) + "=" + max + ": " + named.size() + " accounts have _WATCH=true");
        }
        if (!scope.isEmpty()) {
            values.value("listenkeyd.binance.stream-url", ExchangeAddress::watchable, Product.OPTIONS.streamUrl());
        }
        return scope;
    }
}

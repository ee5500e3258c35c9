package dev.listenkeyd.config;

import dev.listenkeyd.binance.ExchangeApi;
import dev.listenkeyd.binance.Product;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.Config;

/** Checks the addresses of the exchange and of webhooks. Secrets are sent there, so an ambiguous address is refused. */
final class ExchangeAddress {
    /** Names are not resolved: another lookup may give another machine. */
    private static final Pattern THIS_MACHINE = Pattern.compile("(?i)localhost|127(\\.\\d{1,3}){3}|\\[::1]");

    /** Of either version; a name would be looked up. */
    private static final Pattern IP_ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*");

    static final int MAX_PORT = 65_535;

    /** Quarkus would use this address instead of the checked one. */
    private static final String OVERRIDE = "quarkus.rest-client.\"" + ExchangeApi.class.getName() + "\".override-uri";

    private static final String NO_ADDRESS = "not an address such as " + Product.OPTIONS.url();

    private ExchangeAddress() {}

    /** @throws IllegalArgumentException saying what is wrong, without repeating the address */
    static URI of(String raw) {
        URI url = http(raw, NO_ADDRESS);
        if (url.getRawQuery() != null || url.getRawFragment() != null || url.getRawUserInfo() != null) {
            throw new IllegalArgumentException("must have no query, fragment or user");
        }
        return encrypted(url, "API keys travel");
    }

    /**
     * The address of a webhook, which may have a query, and a user with a password.
     *
     * @throws IllegalArgumentException saying what is wrong, without repeating the address
     */
    static URI ofReceiver(String raw) {
        return encrypted(http(raw, "not an address such as https://example.com/hook"), "events travel");
    }

    private static URI encrypted(URI url, String whatTravels) {
        if (url.getPort() == 0 || url.getPort() > MAX_PORT) {
            throw new IllegalArgumentException("must have a port from 1 to " + MAX_PORT + ", or none");
        }
        if ("http".equals(url.getScheme())
                && !THIS_MACHINE.matcher(url.getHost()).matches()) {
            throw new IllegalArgumentException(whatTravels + " by https only, unless the host is this machine"
                    + " (localhost, 127.0.0.1 or [::1])");
        }
        return url;
    }

    /** @throws IllegalArgumentException unless calls can leave from this address */
    static InetAddress source(String raw) {
        if (!IP_ADDRESS.matcher(raw).matches()) {
            throw new IllegalArgumentException("not an IP address, such as 192.0.2.7");
        }
        // Binding asks the system, which knows more addresses than it lists: all of 127.0.0.0/8.
        try (ServerSocket bound = new ServerSocket(0, 1, InetAddress.getByName(raw))) {
            return bound.getInetAddress();
        } catch (IOException e) {
            throw new IllegalArgumentException("not an address of this machine", e);
        }
    }

    /** @throws IllegalArgumentException saying what is wrong, without repeating the address */
    static String stream(String raw) {
        String scheme = URI.create(raw).getScheme();
        if (!"wss".equals(scheme) && !"ws".equals(scheme)) {
            throw new IllegalArgumentException("not an address such as " + Product.OPTIONS.streamUrl());
        }
        return raw;
    }

    /**
     * @param raw judged by {@link #stream} before
     * @throws IllegalArgumentException saying why the daemon itself must not connect there, without repeating the address
     */
    static String watchable(String raw) {
        URI url = parsed(raw, NO_ADDRESS);
        if (url.getHost() == null || url.getRawUserInfo() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException("not an address such as " + Product.OPTIONS.streamUrl());
        }
        if ("ws".equals(url.getScheme()) && !THIS_MACHINE.matcher(url.getHost()).matches()) {
            throw new IllegalArgumentException("the stream watch sends listen keys by wss only, unless the host is this"
                    + " machine (localhost, 127.0.0.1 or [::1])");
        }
        return raw;
    }

    /** A sentence for each setting of Quarkus that would bypass this address or its certificate. */
    static List<String> detours(Config config) {
        List<String> detours = new ArrayList<>();
        if (config.getOptionalValue(OVERRIDE, String.class).isPresent()) {
            detours.add(Values.variable(OVERRIDE.replaceAll("[\".]", "_"))
                    + ": LISTENKEYD_BINANCE_URL says where the exchange is; unset it");
        }
        if (config.getOptionalValue("quarkus.tls.trust-all", String.class)
                .filter(value -> !value.equalsIgnoreCase("false"))
                .isPresent()) {
            detours.add("QUARKUS_TLS_TRUST_ALL=true: any certificate would do; unset it");
        }
        if (config.getOptionalValue("quarkus.rest-client.verify-host", String.class)
                .filter(value -> !value.equalsIgnoreCase("true"))
                .isPresent()) {
            detours.add("QUARKUS_REST_CLIENT_VERIFY_HOST=false: the exchange must prove its name; unset it");
        }
        return detours;
    }

    private static URI http(String raw, String noAddress) {
        URI url = parsed(raw, noAddress);
        if (url.getHost() == null || !("http".equals(url.getScheme()) || "https".equals(url.getScheme()))) {
            throw new IllegalArgumentException(noAddress);
        }
        return url;
    }

    private static URI parsed(String raw, String noAddress) {
        try {
            return URI.create(raw);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(noAddress, e);
        }
    }
}

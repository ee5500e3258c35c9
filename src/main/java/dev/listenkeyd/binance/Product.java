package dev.listenkeyd.binance;

import java.net.URI;

/**
 * A product of the exchange whose listen keys are kept alive; options are the only one so far. Other products have other hosts
 * and paths.
 *
 * @param url base address of the REST calls
 * @param streamUrl what a listen key is appended to, to connect to its stream
 */
public record Product(URI url, String streamUrl) {
    /** Path of all REST calls, below the base address. */
    public static final String PATH = "/eapi/v1";

    /** Path of the calls that create, extend and close a listen key. */
    public static final String LISTEN_KEY = "/listenKey";

    /** Path of the call that names the exchange's limits. */
    public static final String EXCHANGE_INFO = "/exchangeInfo";

    public static final Product OPTIONS =
            new Product(URI.create("https://eapi.binance.com"), "wss://fstream.binance.com/private/ws/");
}

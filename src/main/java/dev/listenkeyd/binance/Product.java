package dev.listenkeyd.binance;

import java.net.URI;

/**
 * A product of the exchange, with its hosts and paths; options are the only one so far.
 *
 * @param url base address of the REST calls
 * @param streamUrl prefix of a stream's address; the listen key follows
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

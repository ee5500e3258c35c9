package dev.listenkeyd.binance;

import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;

/**
 * The three calls of a listen key, and the one that names the exchange's limits. None has parameters: stray ones are known to
 * make PUT fail.
 *
 * @see <a href="https://developers.binance.com/docs/derivatives/options-trading/user-data-streams">User data streams</a>
 */
@Path(Product.PATH)
public interface ExchangeApi {
    String API_KEY_HEADER = "X-MBX-APIKEY";

    @POST
    @Path(Product.LISTEN_KEY)
    Response activeKey(@HeaderParam(API_KEY_HEADER) String apiKey);

    @PUT
    @Path(Product.LISTEN_KEY)
    Response extend(@HeaderParam(API_KEY_HEADER) String apiKey);

    @DELETE
    @Path(Product.LISTEN_KEY)
    Response close(@HeaderParam(API_KEY_HEADER) String apiKey);

    @GET
    @Path(Product.EXCHANGE_INFO)
    Response exchangeInfo();
}

package dev.listenkeyd.binance;

import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;

/**
 * The three calls of a listen key, with no parameters at all (stray ones are known to make PUT fail), and the one that
 * names the exchange's limits.
 *
 * @see <a href="https://developers.binance.com/docs/derivatives/options-trading/user-data-streams">User data streams</a>
 */
@Path("/eapi/v1")
public interface ExchangeApi {
    String API_KEY_HEADER = "X-MBX-APIKEY";

    @POST
    @Path("/listenKey")
    Response activeKey(@HeaderParam(API_KEY_HEADER) String apiKey);

    @PUT
    @Path("/listenKey")
    Response extend(@HeaderParam(API_KEY_HEADER) String apiKey);

    @DELETE
    @Path("/listenKey")
    Response close(@HeaderParam(API_KEY_HEADER) String apiKey);

    @GET
    @Path("/exchangeInfo")
    Response exchangeInfo();
}

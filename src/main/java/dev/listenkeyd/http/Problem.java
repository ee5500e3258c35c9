package dev.listenkeyd.http;

import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * An error as RFC 9457 has it.
 *
 * @param code a stable word for programs
 */
@Schema(name = "Problem")
record Problem(String type, String title, int status, String detail, String code) {
    static final MediaType MEDIA_TYPE = new MediaType("application", "problem+json");

    static Response response(int status, String code, String detail) {
        String title = code.substring(0, 1).toUpperCase(java.util.Locale.ROOT)
                + code.substring(1).replace('-', ' ');
        Problem problem = new Problem("urn:listenkeyd:problem:" + code, title, status, detail, code);
        return Response.status(status).type(MEDIA_TYPE).entity(problem).build();
    }
}

package dev.listenkeyd.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** Serves the OpenAPI document, as JSON. It is read for each call: calls are rare, and the start need not wait for it. */
@ApplicationScoped
public class ApiDocumentRoute {
    private static final String PATH = "/q/openapi";
    private static final String FILE = "/openapi.json";

    void route(@Observes Router routes) {
        routes.route(PATH)
                .method(HttpMethod.GET)
                .method(HttpMethod.HEAD)
                .blockingHandler(ApiDocumentRoute::serve, false);
    }

    private static void serve(RoutingContext call) {
        try (InputStream file = ApiDocumentRoute.class.getResourceAsStream(FILE)) {
            byte[] content = Objects.requireNonNull(file, FILE).readAllBytes();
            HttpServerResponse response = call.response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/json;charset=UTF-8")
                    .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(content.length));
            if (call.request().method().equals(HttpMethod.HEAD)) {
                response.end();
            } else {
                response.end(Buffer.buffer(content));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

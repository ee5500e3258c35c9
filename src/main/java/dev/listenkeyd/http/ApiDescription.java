package dev.listenkeyd.http;

import dev.listenkeyd.access.Problem;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import io.quarkus.smallrye.openapi.OpenApiFilter.RunStage;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;
import org.eclipse.microprofile.openapi.models.security.SecurityRequirement;
import org.eclipse.microprofile.openapi.models.security.SecurityScheme;

/** What the OpenAPI document says of every call; written into it when the daemon is built. */
@OpenApiFilter(stages = RunStage.BUILD)
public final class ApiDescription implements OASFilter {
    private static final String TOKEN = "token";

    /** What any call can be refused with. */
    private static final Map<String, String> REFUSALS = new TreeMap<>(Map.of(
            "400", "invalid-request",
            "401", "unauthorized: no valid token",
            "403", "forbidden: the client lacks the scope, a web page calls, or the Host is not a name of this machine",
            "406", "invalid-request: only application/json is served",
            "408", "invalid-request: the body took too long to come",
            "413", "too-large: a body must not exceed 16384 bytes",
            "415", "invalid-request: a body that is not application/json",
            "417", "invalid-request: an Expect that is not 100-continue"));

    @Override
    public void filterOpenAPI(OpenAPI api) {
        if (api.getComponents() == null) {
            api.setComponents(OASFactory.createComponents());
        }
        api.getComponents()
                .addSecurityScheme(
                        TOKEN,
                        OASFactory.createSecurityScheme()
                                .type(SecurityScheme.Type.HTTP)
                                .scheme("bearer")
                                .description("The token of a configured client; none is needed while no client is"
                                        + " configured and only this machine can call"));
    }

    @Override
    public Operation filterOperation(Operation call) {
        call.setSecurity(List.of(OASFactory.createSecurityRequirement().addScheme(TOKEN, scopes(call))));
        APIResponses answers = call.getResponses();
        REFUSALS.forEach((status, why) -> answers.addAPIResponse(status, problem(why)));
        answers.getAPIResponses().forEach((status, answer) -> {
            if (status.charAt(0) > '3') {
                answer.setContent(problem("").getContent());
            }
        });
        return call;
    }

    /** Found by who made the document in the annotations, but under a scheme that it does not define. */
    private static List<String> scopes(Operation call) {
        List<SecurityRequirement> found = call.getSecurity() == null ? List.of() : call.getSecurity();
        return found.stream()
                .flatMap(requirement -> requirement.getSchemes().values().stream())
                .flatMap(List::stream)
                .distinct()
                .toList();
    }

    private static APIResponse problem(String description) {
        return OASFactory.createAPIResponse()
                .description(description)
                .content(OASFactory.createContent()
                        .addMediaType(
                                Problem.MEDIA_TYPE,
                                OASFactory.createMediaType()
                                        .schema(OASFactory.createSchema().ref("Problem"))));
    }
}

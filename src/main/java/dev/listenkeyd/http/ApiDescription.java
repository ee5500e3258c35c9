package dev.listenkeyd.http;

import dev.listenkeyd.access.Problem;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import io.quarkus.smallrye.openapi.OpenApiFilter.RunStage;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.security.SecurityScheme;

/** What the OpenAPI document says of every call; written into it when the daemon is built. */
@OpenApiFilter(stages = RunStage.BUILD)
public final class ApiDescription implements OASFilter {
    private static final String TOKEN = "token";

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
        call.addSecurityRequirement(OASFactory.createSecurityRequirement().addScheme(TOKEN));
        call.getResponses()
                .addAPIResponse("401", problem("no valid token"))
                .addAPIResponse("403", problem("the client lacks the scope, or a web page calls"));
        return call;
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

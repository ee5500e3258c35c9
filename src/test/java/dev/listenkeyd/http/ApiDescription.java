package dev.listenkeyd.http;

import dev.listenkeyd.access.Problem;
import dev.listenkeyd.view.Member;
import dev.listenkeyd.view.OpenApiPatterns;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import io.quarkus.smallrye.openapi.OpenApiFilter.RunStage;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.parameters.Parameter;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;
import org.eclipse.microprofile.openapi.models.security.SecurityRequirement;
import org.eclipse.microprofile.openapi.models.security.SecurityScheme;
import org.jboss.jandex.AnnotationInstance;
import org.jboss.jandex.AnnotationTarget;
import org.jboss.jandex.DotName;
import org.jboss.jandex.IndexView;

/** Adds to the OpenAPI document, at build time, the parts that the annotations of every call would repeat. */
@OpenApiFilter(stages = RunStage.BUILD)
public final class ApiDescription implements OASFilter {
    private static final DotName SCHEMA =
            DotName.createSimple("org.eclipse.microprofile.openapi.annotations.media.Schema");
    private static final String TOKEN = "token";

    /** Errors of any call. */
    private static final Map<String, String> REFUSALS = new TreeMap<>(Map.of(
            "400", "invalid-request",
            "401", "unauthorized: no valid token",
            "403", "forbidden: the client lacks the scope, a web page calls, or the Host is not a name of this machine",
            "406", "invalid-request: only application/json is served, or text/event-stream",
            "408", "invalid-request: the body took too long to come",
            "413", "too-large: a body must not exceed 16384 bytes",
            "415", "invalid-request: a body that is not application/json",
            "417", "invalid-request: an Expect that is not 100-continue"));

    private final IndexView index;

    /** @param index of the classes of the daemon, which the build passes to filters that ask for it */
    public ApiDescription(IndexView index) {
        this.index = index;
    }

    @Override
    public void filterOpenAPI(OpenAPI api) {
        records().forEach((name, type) -> {
            Schema schema = api.getComponents().getSchemas().get(name);
            if (schema != null) {
                describe(schema, Member.of(type));
            }
        });
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

    /** The records that a schema is named after. */
    private Map<String, Class<?>> records() {
        Map<String, Class<?>> records = new TreeMap<>();
        for (AnnotationInstance annotation : index.getAnnotations(SCHEMA)) {
            if (annotation.target().kind() == AnnotationTarget.Kind.CLASS && annotation.value("name") != null) {
                String type = annotation.target().asClass().name().toString();
                records.put(annotation.value("name").asString(), load(type));
            }
        }
        return records;
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, Thread.currentThread().getContextClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("no class of the index: " + name, e);
        }
    }

    /** An answer holds all members; a request may leave out the nullable ones. */
    private static void describe(Schema schema, List<Member> members) {
        Schema others = schema.getAdditionalPropertiesSchema();
        boolean request = others != null && Boolean.FALSE.equals(others.getBooleanSchema());
        schema.setRequired(members.stream()
                .filter(member -> request ? !member.nullable() : member.always())
                .map(Member::name)
                .toList());
        Set<String> nullable = members.stream()
                .filter(member -> member.nullable() && member.always())
                .map(Member::name)
                .collect(Collectors.toSet());
        schema.getProperties().forEach((name, property) -> {
            if (property.getRef() != null) {
                // The type of a member with a description; the schema that it refers to has it.
                property.setType(null);
            }
            if (nullable.contains(name)) {
                allowNull(property);
            }
        });
    }

    private static void allowNull(Schema property) {
        if (property.getRef() == null) {
            property.addType(Schema.SchemaType.NULL);
        } else {
            property.addAnyOf(OASFactory.createSchema().ref(property.getRef()))
                    .addAnyOf(OASFactory.createSchema().addType(Schema.SchemaType.NULL))
                    .setRef(null);
        }
    }

    @Override
    public Parameter filterParameter(Parameter parameter) {
        if (parameter.getName().equals("account")) {
            parameter.getSchema().setPattern(OpenApiPatterns.ACCOUNT);
        }
        if (parameter.getName().equals("limit")) {
            parameter.setSchema(OASFactory.createSchema()
                    .addType(Schema.SchemaType.INTEGER)
                    .minimum(BigDecimal.ONE)
                    .maximum(BigDecimal.valueOf(Paging.MAX))
                    .defaultValue(Paging.DEFAULT));
        }
        return parameter;
    }

    /** The scopes that the build found in the annotations; it puts them under a scheme that it does not define. */
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

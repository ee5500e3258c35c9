package dev.listenkeyd.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A member of a JSON object, read from the component of its record. The OpenAPI document and the schemas of the tools are both
 * made from these.
 *
 * @param schema its annotation, null when it has none
 * @param nullable whether its value can be null
 * @param always whether an answer always holds it
 */
public record Member(String name, Type type, @Nullable Schema schema, boolean nullable, boolean always) {

    /** In the order in which they are written. */
    public static List<Member> of(Class<?> view) {
        return Arrays.stream(view.getRecordComponents()).map(Member::of).toList();
    }

    /** Names of the members. */
    public static List<String> names(Class<?> view) {
        return of(view).stream().map(Member::name).toList();
    }

    private static Member of(RecordComponent component) {
        JsonProperty name = component.getAccessor().getAnnotation(JsonProperty.class);
        return new Member(
                name == null ? component.getName() : name.value(),
                component.getGenericType(),
                component.getAccessor().getAnnotation(Schema.class),
                component.getAnnotatedType().isAnnotationPresent(Nullable.class),
                !component.getAccessor().isAnnotationPresent(JsonInclude.class)
                        && !component.getDeclaringRecord().isAnnotationPresent(JsonInclude.class));
    }
}

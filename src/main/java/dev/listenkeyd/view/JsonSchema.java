package dev.listenkeyd.view;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * The JSON schema of a record, made from its {@link Member}s. To be kept in static fields: these are filled when a native
 * binary is built, so the binary needs no reflection for them.
 *
 * @param root strings, numbers, booleans, lists and maps
 */
public record JsonSchema(Map<String, Object> root) {

    /** Of an object that the daemon writes: a nullable member is there, and may be null. */
    public static JsonSchema ofAnswer(Class<? extends Record> type) {
        return new JsonSchema(object(type, Member::always, true));
    }

    /** Of an object that the daemon reads: a nullable member may be left out. */
    public static JsonSchema ofRequest(Class<? extends Record> type) {
        return new JsonSchema(object(type, member -> !member.nullable(), false));
    }

    /** Names of the members. */
    public Set<?> names() {
        return ((Map<?, ?>) root.getOrDefault("properties", Map.of())).keySet();
    }

    private static Map<String, Object> object(Class<?> type, Predicate<Member> required, boolean nulls) {
        List<Member> members = Member.of(type);
        Map<String, Object> properties = new LinkedHashMap<>();
        members.forEach(member -> properties.put(member.name(), property(member, nulls)));
        Map<String, Object> schema = typed("object");
        schema.put("properties", properties);
        schema.put(
                "required", members.stream().filter(required).map(Member::name).toList());
        schema.put("additionalProperties", false);
        return schema;
    }

    private static Map<String, Object> property(Member member, boolean nulls) {
        Map<String, Object> schema = of(member.type());
        if (nulls && member.nullable() && member.always()) {
            schema.put("type", List.of(schema.getOrDefault("type", "object"), "null"));
        }
        Schema annotation = member.schema();
        if (annotation != null) {
            put(schema, "description", annotation.description());
            put(schema, "pattern", annotation.pattern());
            if (annotation.enumeration().length > 0) {
                schema.put("enum", List.of(annotation.enumeration()));
            }
            if (!annotation.minimum().isEmpty()) {
                schema.put("minimum", Long.parseLong(annotation.minimum()));
                schema.put("maximum", Long.parseLong(annotation.maximum()));
            }
        }
        return schema;
    }

    private static void put(Map<String, Object> schema, String name, String value) {
        if (!value.isEmpty()) {
            schema.put(name, value);
        }
    }

    private static Map<String, Object> of(Type type) {
        if (type instanceof ParameterizedType generic) {
            return generic(generic);
        }
        Class<?> raw = (Class<?>) type;
        if (raw.isRecord()) {
            return object(raw, Member::always, true);
        }
        if (raw.isEnum()) {
            Map<String, Object> schema = typed("string");
            schema.put("enum", names(raw));
            return schema;
        }
        if (raw == String.class || raw == Instant.class) {
            return typed("string");
        }
        if (raw == boolean.class || raw == Boolean.class) {
            return typed("boolean");
        }
        return typed(raw == double.class || raw == Double.class ? "number" : "integer");
    }

    /** A collection, or a map by all constants of an enum. */
    private static Map<String, Object> generic(ParameterizedType type) {
        Type[] arguments = type.getActualTypeArguments();
        if (Collection.class.isAssignableFrom((Class<?>) type.getRawType())) {
            Map<String, Object> schema = typed("array");
            schema.put("items", of(arguments[0]));
            return schema;
        }
        Map<String, Object> properties = new LinkedHashMap<>();
        names((Class<?>) arguments[0]).forEach(name -> properties.put(name, of(arguments[1])));
        Map<String, Object> schema = typed("object");
        schema.put("properties", properties);
        schema.put("additionalProperties", false);
        return schema;
    }

    private static List<String> names(Class<?> type) {
        return Arrays.stream(type.getEnumConstants())
                .map(constant -> ((Enum<?>) constant).name())
                .toList();
    }

    private static Map<String, Object> typed(String type) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", type);
        return schema;
    }
}

package dev.listenkeyd.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.ws.rs.Path;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.junit.jupiter.api.Test;

/** A native binary keeps only registered classes for reflection: those that JSON is made from, and the resources. */
class NativeReflectionTest {
    @Test
    void everyResourceAndEveryAnswerIsRegistered() {
        List<JavaClass> used = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("dev.listenkeyd").stream()
                        .filter(type -> isResource(type) || isAnswer(type))
                        .toList();

        assertThat(used)
                .extracting(JavaClass::getSimpleName)
                .contains("LossView", "Answer", "KeyView", "GateResource", "Problem");
        assertThat(used).filteredOn(type -> !isRegistered(type)).isEmpty();
    }

    /** An interface is a client, which Quarkus registers itself. */
    private static boolean isResource(JavaClass type) {
        return type.isAnnotatedWith(Path.class) && !type.isInterface();
    }

    /** Requests are read member by member, without their records. */
    private static boolean isAnswer(JavaClass type) {
        boolean request = type.isAnnotatedWith(Schema.class)
                && type.getAnnotationOfType(Schema.class).additionalProperties() == Schema.False.class;
        boolean ofTool = type.getPackageName().equals("dev.listenkeyd.mcp.tools")
                && type.getSimpleName().equals("Answer");
        return !request && (type.isAnnotatedWith(Schema.class) || ofTool);
    }

    /** Nested classes are registered with the class around them. */
    private static boolean isRegistered(JavaClass type) {
        return type.isAnnotatedWith(RegisterForReflection.class)
                || type.getEnclosingClass()
                        .map(NativeReflectionTest::isRegistered)
                        .orElse(false);
    }
}

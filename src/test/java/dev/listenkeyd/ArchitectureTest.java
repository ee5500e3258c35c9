package dev.listenkeyd;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.listenkeyd.telemetry.LoopWatch;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** How the packages may know each other, and where time and chance come from. */
class ArchitectureTest {
    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.listenkeyd");

    /** Whole classes that hand out time, chance or sleep. */
    private static final Set<String> CLOCKS_AND_DICE =
            Set.of("java.util.concurrent.ThreadLocalRandom", "java.util.Random", "java.util.SplittableRandom");

    /** Methods that do, as class and beginning of the name. */
    private static final Set<String> CLOCK_METHODS = Set.of(
            "java.lang.System.currentTimeMillis",
            "java.lang.Math.random",
            "java.lang.Thread.sleep",
            "java.util.Date.<init>",
            "java.security.SecureRandom.<init>",
            "java.time.Clock.system",
            "java.time.Clock.tick",
            "java.time.InstantSource.system",
            "java.util.concurrent.TimeUnit.sleep",
            "java.util.concurrent.locks.LockSupport.park");

    @Test
    void theCoreKnowsNothingButJava() {
        holds(classes()
                .that()
                .resideInAPackage("dev.listenkeyd.renewal..")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage("java..", "org.jspecify.annotations..", "dev.listenkeyd.renewal..")));
    }

    /** Each of these is told of one kind of server only, which need not be there. */
    @Test
    void nothingWaitsForAListener() {
        holds(noClasses()
                .should()
                .dependOnClassesThat()
                .haveNameMatching("io\\.quarkus\\.vertx\\.http\\.(Http|Https|DomainSocket)ServerStart"));
    }

    @Test
    void theAuditKnowsNothingButJava() {
        holds(classes()
                .that()
                .resideInAPackage("dev.listenkeyd.audit..")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage("java..", "org.jspecify.annotations..", "dev.listenkeyd.audit..")));
    }

    @Test
    void thePolicyKnowsNothingButJava() {
        holds(classes()
                .that()
                .resideInAPackage("dev.listenkeyd.policy..")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage("java..", "org.jspecify.annotations..", "dev.listenkeyd.policy..")));
    }

    @Test
    void noPackageDependsOnItselfThroughAnother() {
        holds(slices().matching("dev.listenkeyd.(*)..").should().beFreeOfCycles());
    }

    @Test
    void nothingKnowsThePackageThatPutsAllTogether() {
        holds(noClasses()
                .that()
                .resideOutsideOfPackage("dev.listenkeyd.app..")
                .should()
                .dependOnClassesThat(resideInAPackage("dev.listenkeyd.app..")));
    }

    /** Translate once: what an HTTP status or a column means is known in one package each. */
    @Test
    void sidesDoNotKnowEachOther() {
        holds(slices().matching("dev.listenkeyd.(binance|store|http|mcp|telemetry|sandbox)..")
                .should()
                .notDependOnEachOther());
    }

    @Test
    void timeAndChanceComeFromApp() {
        holds(noClasses()
                .that()
                .resideOutsideOfPackage("dev.listenkeyd.app..")
                .should()
                .accessTargetWhere(access("asks the machine for time or chance", ArchitectureTest::asksTheMachine)));
    }

    /** Monotonic time can't be stepped by an operator, but is no less out of a test's hands. */
    @Test
    void monotonicTimeComesFromAppOrFromTheWatchThatIsMadeByTheContainer() {
        holds(noClasses()
                .that()
                .resideOutsideOfPackage("dev.listenkeyd.app..")
                .and()
                .doNotBelongToAnyOf(LoopWatch.class)
                .should()
                .accessTargetWhere(
                        access("asks for System.nanoTime", target -> target.equals("java.lang.System.nanoTime"))));
    }

    @Test
    void everyPackageIsNullMarked() {
        List<String> unmarked = MAIN.stream()
                .map(JavaClass::getPackage)
                .distinct()
                .filter(javaPackage -> !javaPackage.isAnnotatedWith(NullMarked.class))
                .map(JavaPackage::getName)
                .toList();

        assertThat(unmarked).isEmpty();
        assertThat(MAIN.stream().map(JavaClass::getPackageName).collect(Collectors.toSet()))
                .as("packages that were looked at")
                .contains("dev.listenkeyd.renewal", "dev.listenkeyd.app");
    }

    @Test
    void nothingIsInjectedIntoFields() {
        for (String injection : Arrays.asList(
                "jakarta.inject.Inject",
                "org.eclipse.microprofile.config.inject.ConfigProperty",
                "jakarta.ws.rs.core.Context")) {
            holds(noFields().should().beAnnotatedWith(injection));
        }
    }

    private static boolean asksTheMachine(String target) {
        boolean timeNow = target.startsWith("java.time.") && target.endsWith(".now");
        return timeNow
                || CLOCKS_AND_DICE.contains(target.substring(0, target.lastIndexOf('.')))
                || CLOCK_METHODS.stream().anyMatch(target::startsWith);
    }

    /** Method references count as accesses, too. */
    private static DescribedPredicate<JavaAccess<?>> access(
            String description, java.util.function.Predicate<String> target) {
        return DescribedPredicate.describe(
                description,
                access -> target.test(access.getTargetOwner().getName() + "."
                        + access.getTarget().getName()));
    }

    private static void holds(ArchRule rule) {
        rule.check(MAIN);
    }
}

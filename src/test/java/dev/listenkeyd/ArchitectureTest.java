package dev.listenkeyd;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.listenkeyd.telemetry.LoopWatch;
import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import java.io.Closeable;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

    /** Each package, and all that it may import of the others. An arrow that is not here needs a reason, and a line. */
    private static final Map<String, Set<String>> ARROWS = Map.ofEntries(
            entry("encoding", Set.of()),
            entry("lease", Set.of("encoding")),
            entry("budget", Set.of("lease")),
            entry("renewal", Set.of("budget", "lease")),
            entry("forecast", Set.of("renewal", "budget", "lease")),
            entry("registration", Set.of("forecast", "renewal", "budget", "lease")),
            entry("notify", Set.of("forecast", "budget", "lease")),
            entry("notify.webhook", Set.of("notify", "view", "lease")),
            entry("notify.sink", Set.of("lease")),
            entry("policy", Set.of("encoding")),
            entry("approval", Set.of("encoding")),
            entry("audit", Set.of("encoding")),
            entry("files", Set.of()),
            entry("cli", Set.of("encoding", "files")),
            entry("connection", Set.of("encoding")),
            entry("binance", Set.of("encoding", "budget", "lease", "files")),
            entry("binance.stream", Set.of("lease")),
            entry("accounts", Set.of("binance", "files", "lease", "registration")),
            entry("secrets", Set.of("encoding", "lease", "files")),
            entry("store", Set.of("secrets", "approval", "audit", "fleet", "lease", "files", "policy")),
            entry("fleet", Set.of("registration", "renewal", "budget", "lease")),
            entry("access", Set.of("encoding", "connection", "files")),
            entry("ui", Set.of("access", "encoding")),
            entry("view", Set.of("encoding", "fleet", "registration", "forecast", "renewal", "budget", "lease")),
            entry(
                    "http",
                    Set.of(
                            "encoding",
                            "view",
                            "fleet",
                            "notify",
                            "registration",
                            "forecast",
                            "lease",
                            "access",
                            "approval",
                            "audit")),
            entry("mcp.protocol", Set.of("mcp.calls", "view", "access", "policy")),
            entry("mcp.tools", Set.of("mcp.calls", "view", "registration", "forecast", "lease")),
            entry("mcp.calls", Set.of("view", "lease", "access", "approval", "audit", "policy", "config", "files")),
            entry(
                    "telemetry",
                    Set.of(
                            "accounts",
                            "encoding",
                            "fleet",
                            "notify",
                            "notify.sink",
                            "forecast",
                            "renewal",
                            "budget",
                            "lease",
                            "audit")),
            entry("sandbox", Set.of("access", "encoding", "forecast", "renewal", "lease", "view")),
            entry(
                    "config",
                    Set.of(
                            "access",
                            "audit",
                            "binance",
                            "binance.stream",
                            "encoding",
                            "budget",
                            "files",
                            "lease",
                            "notify",
                            "notify.sink",
                            "policy",
                            "renewal",
                            "secrets")));

    /** Packages that decide, and so must not depend on a framework. */
    private static final String[] FRAMEWORK_FREE = {
        "dev.listenkeyd.lease..",
        "dev.listenkeyd.budget..",
        "dev.listenkeyd.renewal..",
        "dev.listenkeyd.forecast..",
        "dev.listenkeyd.registration..",
        "dev.listenkeyd.notify",
        "dev.listenkeyd.notify.sink",
        "dev.listenkeyd.policy..",
        "dev.listenkeyd.approval..",
        "dev.listenkeyd.audit.."
    };

    @Test
    void everyArrowBetweenPackagesIsDrawn() {
        Set<String> undrawn = new TreeSet<>();
        Set<String> found = new TreeSet<>();
        for (JavaClass type : MAIN) {
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                String from = packageOf(type);
                String to = packageOf(dependency.getTargetClass().getBaseComponentType());
                if (from.isEmpty() || to.isEmpty() || from.equals(to) || from.equals("app")) {
                    continue;
                }
                found.add(from + " -> " + to);
                if (!ARROWS.getOrDefault(from, Set.of()).contains(to)) {
                    undrawn.add(from + " -> " + to + ": " + dependency.getDescription());
                }
            }
        }

        assertThat(undrawn).isEmpty();
        Set<String> unused = new TreeSet<>();
        ARROWS.forEach((from, targets) -> targets.forEach(to -> unused.add(from + " -> " + to)));
        unused.removeAll(found);
        assertThat(unused).as("arrows that nothing needs any more").isEmpty();
    }

    /** The part of the package name that follows {@code dev.listenkeyd}; empty for types of others. */
    private static String packageOf(JavaClass type) {
        String root = "dev.listenkeyd.";
        String name = type.getPackageName();
        return name.startsWith(root) ? name.substring(root.length()) : "";
    }

    @Test
    void decisionsKnowNothingButJava() {
        String[] allowed = Stream.concat(
                        Stream.of(
                                "java..", "javax.crypto..", "org.jspecify.annotations..", "dev.listenkeyd.encoding.."),
                        Stream.of(FRAMEWORK_FREE))
                .toArray(String[]::new);
        holds(classes()
                .that()
                .resideInAnyPackage(FRAMEWORK_FREE)
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(allowed)));
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
    void noPackageDependsOnItselfThroughAnother() {
        holds(slices().matching("dev.listenkeyd.(**)").should().beFreeOfCycles());
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

    /** A native build runs static initializers, and refuses an image with such an object in it. */
    @Test
    void whatANativeImageCanNotHoldIsInNoStaticField() {
        for (Class<?> type : List.of(Buffer.class, ByteBuf.class, Random.class, Thread.class, Closeable.class)) {
            holds(noFields().that().areStatic().should().haveRawType(assignableTo(type)));
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

package dev.sluice;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The picture of the architecture, held by rules. */
@AnalyzeClasses(packages = "dev.sluice", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {
    @ArchTest
    static final ArchRule LAYERS = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("token")
            .definedBy("dev.sluice.token..")
            .layer("model")
            .definedBy("dev.sluice.model..")
            .layer("draft")
            .definedBy("dev.sluice.draft..")
            .layer("decode")
            .definedBy("dev.sluice.decode..")
            .layer("hook")
            .definedBy("dev.sluice.hook..")
            .layer("policy")
            .definedBy("dev.sluice.policy..")
            .layer("engine")
            .definedBy("dev.sluice.engine..")
            .layer("train")
            .definedBy("dev.sluice.train..")
            .layer("spring")
            .definedBy("dev.sluice.spring..")
            .layer("server")
            .definedBy("dev.sluice.server..")
            .whereLayer("server")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("spring")
            .mayOnlyBeAccessedByLayers("server")
            .whereLayer("train")
            .mayOnlyBeAccessedByLayers("server")
            .whereLayer("engine")
            .mayOnlyBeAccessedByLayers("train", "spring", "server")
            .whereLayer("policy")
            .mayOnlyBeAccessedByLayers("engine", "spring", "server")
            .whereLayer("hook")
            .mayOnlyBeAccessedByLayers("policy", "engine", "train", "spring", "server")
            .whereLayer("decode")
            .mayOnlyBeAccessedByLayers("hook", "policy", "engine", "train", "spring", "server")
            .whereLayer("draft")
            .mayOnlyBeAccessedByLayers("decode", "engine", "spring", "server")
            .whereLayer("model")
            .mayOnlyBeAccessedByLayers("decode", "hook", "policy", "engine", "train", "spring", "server")
            .because("data flows one way and nobody lower knows anybody higher");

    @ArchTest
    static final ArchRule NO_CYCLES = slices().matching("dev.sluice.(**)")
            .should()
            .beFreeOfCycles()
            .because("a package that needs its own users cannot be read first");

    @ArchTest
    static final ArchRule DJL_STAYS_BELOW = noClasses()
            .that()
            .resideOutsideOfPackages("dev.sluice.model.torch..", "dev.sluice.token..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.djl..")
            .because("native memory has one owner, and everything above it is tested without an engine");

    @ArchTest
    static final ArchRule SPRING_STAYS_ABOVE = noClasses()
            .that()
            .resideOutsideOfPackages("dev.sluice.spring..", "dev.sluice.server..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.springframework..", "reactor..")
            .because("the core is plain Java; frameworks adapt it at the edge");

    @ArchTest
    static final ArchRule NO_SERVER_IN_STARTER = noClasses()
            .that()
            .resideOutsideOfPackage("dev.sluice.server..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.springframework.web..",
                    "org.springframework.http..",
                    "picocli..",
                    "org.knowm.xchart..",
                    "org.apache.batik..")
            .because("a service that adds the starter gets no web server and no charts");

    @ArchTest
    static final ArchRule SEEDED = noClasses()
            .that()
            .resideInAnyPackage("dev.sluice.token..", "dev.sluice.draft..", "dev.sluice.decode..", "dev.sluice.hook..")
            .should()
            .dependOnClassesThat()
            .haveNameMatching("java\\.util\\.Random|java\\.util\\.concurrent\\.ThreadLocalRandom|java\\.time\\.Clock")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(Math.class, "random")
            .because("the law depends on prefix, seed and policy alone");

    @ArchTest
    static final ArchRule NO_GRAB_BAGS = classes()
            .should()
            .haveNameNotMatching(".*(Utils|Util|Helper|Helpers|Manager)")
            .because("a name says what a thing is");
}

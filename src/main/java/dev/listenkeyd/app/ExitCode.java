package dev.listenkeyd.app;

import io.quarkus.runtime.Application;
import io.quarkus.runtime.ApplicationLifecycleManager;
import io.quarkus.runtime.LaunchMode;

/** A stop that was asked for is a success: left alone, the JVM answers SIGTERM with exit code 143. */
final class ExitCode {
    private ExitCode() {}

    /** To be called once the start has succeeded; a failing start keeps its own exit code. */
    static void zeroAfterOrderlyStop() {
        Application application = Application.currentApplication();
        if (application != null && LaunchMode.current() == LaunchMode.NORMAL) {
            Thread hook = new Thread(() -> haltOnceStopped(application), "exit code");
            Runtime.getRuntime().addShutdownHook(hook);
        }
    }

    private static void haltOnceStopped(Application application) {
        application.awaitShutdown();
        DerivedSettings.deleteSandboxStore();
        Runtime.getRuntime().halt(ApplicationLifecycleManager.getExitCode());
    }
}

package dev.listenkeyd.mcp.calls;

import dev.listenkeyd.config.PolicyFile;
import dev.listenkeyd.files.FileStamp;
import dev.listenkeyd.policy.Policy;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The current policies, reread when their files change. A file that is no valid policy, or can't be read, changes nothing: the
 * last valid policy stays in force. Thread-safe.
 */
public final class PolicyFiles {
    private static final Logger LOG = Logger.getLogger("listenkeyd.policy");

    private final Counter applied;
    private final Counter refused;
    private volatile @Nullable PolicyFile forAll;
    private volatile Map<String, PolicyFile> own;

    /**
     * @param forAll of clients without a policy of their own, null when there is none
     * @param own by client
     */
    public PolicyFiles(@Nullable PolicyFile forAll, Map<String, PolicyFile> own, MeterRegistry registry) {
        this.forAll = forAll;
        this.own = Map.copyOf(own);
        this.applied = counter(registry, "applied");
        this.refused = counter(registry, "refused");
        Stream.concat(Stream.ofNullable(forAll), own.values().stream()).forEach(PolicyFiles::warnOfOtherTools);
    }

    /** Null when the client has none, and may call no tool. */
    public @Nullable Policy of(String client) {
        PolicyFile file = own.get(client);
        PolicyFile used = file == null ? forAll : file;
        return used == null ? null : used.policy();
    }

    /** Whether there is anything to {@link #reread()}. */
    public boolean any() {
        return forAll != null || !own.isEmpty();
    }

    /** Reads changed files again, which may take as long as the disk does. */
    public synchronized void reread() {
        PolicyFile all = forAll;
        if (all != null) {
            forAll = reread(all);
        }
        Map<String, PolicyFile> newer = new HashMap<>();
        own.forEach((client, file) -> newer.put(client, reread(file)));
        own = Map.copyOf(newer);
    }

    private PolicyFile reread(PolicyFile file) {
        FileStamp stamp = null;
        try {
            stamp = FileStamp.of(file.path());
            if (stamp.equals(file.stamp())) {
                return file;
            }
            PolicyFile newer = PolicyFile.read(file.path());
            applied.increment();
            warnOfOtherTools(newer);
            LOG.infof("the policy %s was reread and is in force", file.path());
            return newer;
        } catch (IllegalArgumentException e) {
            boolean unreadable = e.getCause() instanceof IOException;
            if (!unreadable || file.stamp() != null) {
                refused.increment();
                LOG.warnf("the policy %s: %s; the previous one stays in force", file.path(), e.getMessage());
            }
            // An unreadable file is tried again each time, and logged once.
            return file.lookedAt(unreadable ? null : stamp);
        }
    }

    /** A policy may serve several servers; but a typing error in a name would leave a tool to the default. */
    private static void warnOfOtherTools(PolicyFile file) {
        Set<String> others = new TreeSet<>(file.policy().tools().keySet());
        others.addAll(file.policy().hidden());
        others.removeAll(ToolNames.ALL);
        if (!others.isEmpty()) {
            LOG.warnf(
                    "the policy %s names %d tool(s) that this server does not have, such as %s",
                    file.path(), others.size(), others.iterator().next());
        }
    }

    private static Counter counter(MeterRegistry registry, String result) {
        return Counter.builder("listenkey.policy.reloads")
                .description("Changed policy files, by result")
                .tag("result", result)
                .register(registry);
    }
}

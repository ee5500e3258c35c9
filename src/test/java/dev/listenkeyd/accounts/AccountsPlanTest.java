package dev.listenkeyd.accounts;

import static dev.listenkeyd.accounts.Readings.ELSEWHERE;
import static dev.listenkeyd.accounts.Readings.HOME;
import static dev.listenkeyd.accounts.Readings.after;
import static dev.listenkeyd.accounts.Readings.good;
import static dev.listenkeyd.accounts.Readings.held;
import static dev.listenkeyd.accounts.Readings.home;
import static dev.listenkeyd.accounts.Readings.wrong;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.accounts.AccountsPlan.Action;
import dev.listenkeyd.accounts.FolderReading.Listed;
import dev.listenkeyd.accounts.FolderReading.Unusable;
import dev.listenkeyd.lease.Lease;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What follows from readings of the folder, and when nothing does. */
class AccountsPlanTest {
    private static final Unusable UNUSABLE = new Unusable("does not exist");
    private static final Listed EMPTY_MOUNT = new Listed(ELSEWHERE, new TreeMap<>());

    @Test
    void aFileIsTakenWhenTwoReadingsAgree() {
        assertThat(plan(after(home("main", "key")))).isEmpty();
        assertThat(plan(after(home("main", "key"), home("main", "key")))).containsExactly("REGISTER main");
    }

    @Test
    void aFileThatIsStillBeingWrittenIsNotTaken() {
        FolderState growing = after(home("main", "k"), home("main", "ke"), home("main", "key"));

        assertThat(plan(growing)).isEmpty();
        assertThat(plan(growing.next(home("main", "key")))).containsExactly("REGISTER main");
    }

    @Test
    void sameContentWithAnotherStampIsReadOnceMore() {
        Listed first = home(Map.of("main", good("key", 1)));
        Listed second = home(Map.of("main", good("key", 2)));

        assertThat(plan(after(first, second))).isEmpty();
        assertThat(plan(after(first, second, second))).containsExactly("REGISTER main");
    }

    @Test
    void aChangedFileReplacesTheApiKeyAndAnUnchangedOneDoesNothing() {
        FolderState state = after(home("main", "new", "other", "same"), home("main", "new", "other", "same"));

        assertThat(plan(state, held("main", "old"), held("other", "same"))).containsExactly("REPLACE main");
        assertThat(AccountsPlan.of(state, Set.of(), Set.of(), byAccount(held("main", "old"), held("other", "same"))))
                .extracting(Action::apiKey)
                .containsExactly(good("new", 0).apiKey());
    }

    /** It had its API key among the settings before. */
    @Test
    void anAccountWithoutAStoredApiKeyGetsTheOneOfItsFile() {
        assertThat(plan(after(home("main", "key"), home("main", "key")), held("main", null)))
                .containsExactly("REPLACE main");
    }

    @Test
    void aFileThatTurnsWrongChangesNothing() {
        Listed broken = home(Map.of("main", wrong("is empty")));
        FolderState state = after(home("main", "key"), home("main", "key"), broken, broken, broken);

        assertThat(plan(state, held("main", "key"))).isEmpty();
        assertThat(state.settled()).containsEntry("main", wrong("is empty"));
    }

    @Test
    void anAccountIsReleasedWhenTwoReadingsMissItsFile() {
        Listed both = home("a", "1", "b", "2");
        FolderState once = after(both, both, home("b", "2"));

        assertThat(plan(once, held("a", "1"), held("b", "2"))).isEmpty();
        assertThat(plan(once.next(home("b", "2")), held("a", "1"), held("b", "2")))
                .containsExactly("RELEASE a");
    }

    @Test
    void theLastFileOfTheFolderCanBeRemoved() {
        FolderState state = after(home("main", "key"), home("main", "key"), home(), home());

        assertThat(state.trouble()).isNull();
        assertThat(plan(state, held("main", "key"))).containsExactly("RELEASE main");
    }

    @Test
    void aFileThatWasRemovedWhileTheDaemonWasDownIsNoticed() {
        FolderState state = FolderState.initial(HOME).next(home()).next(home());

        assertThat(plan(state, held("main", "key"))).containsExactly("RELEASE main");
    }

    @Test
    void aFileThatIsThereButNotReadYetKeepsItsAccount() {
        FolderState state = FolderState.initial(HOME)
                .next(home(Map.of("main", good("a", 1))))
                .next(home(Map.of("main", good("ab", 2))))
                .next(home(Map.of("main", good("abc", 3))));

        assertThat(state.settled()).isEmpty();
        assertThat(plan(state, held("main", "key"))).isEmpty();
    }

    @Test
    void nothingIsReleasedWhileFilesAreStillComing() {
        Listed full = home("a", "1", "b", "2");
        FolderState state = after(full, full, home("c", "3"), home("c", "3", "d", "4"));

        assertThat(plan(state, held("a", "1"), held("b", "2"))).containsExactly("REGISTER c");
        assertThat(plan(state.next(home("c", "3", "d", "4")), held("a", "1"), held("b", "2")))
                .contains("RELEASE a", "RELEASE b");
    }

    @Test
    void aMissingFolderIsTroubleAtTheSecondReadingAndChangesNothing() {
        FolderState once = after(home("main", "key"), home("main", "key"), UNUSABLE);

        assertThat(once.trouble()).isNull();
        FolderState twice = once.next(UNUSABLE);
        assertThat(twice.trouble()).isEqualTo("does not exist");
        assertThat(plan(twice, held("main", "key"), held("removed", "key"))).isEmpty();
        FolderState back = twice.next(home("main", "key"));
        assertThat(back.trouble()).isNull();
        assertThat(plan(back, held("main", "key"))).isEmpty();
    }

    @Test
    void anEmptyMountInPlaceOfTheFolderIsTrouble() {
        FolderState state = after(home("main", "key"), home("main", "key"), EMPTY_MOUNT, EMPTY_MOUNT);

        assertThat(state.trouble()).startsWith("has no account, and is not the folder");
        assertThat(plan(state, held("main", "key"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {HOME, FolderState.UNKNOWN_FOLDER})
    void anEmptyMountAtTheStartIsTroubleToo(String home) {
        FolderState state = FolderState.initial(home).next(EMPTY_MOUNT).next(EMPTY_MOUNT);

        assertThat(state.trouble()).startsWith("has no account, and is not the folder");
        assertThat(plan(state, held("main", "key"))).isEmpty();
    }

    /** A fresh file system has this folder; a volume may have other things in it. */
    @ParameterizedTest
    @ValueSource(strings = {HOME, FolderState.UNKNOWN_FOLDER})
    void aMountWithNothingButWrongEntriesReleasesNobody(String home) {
        Listed fresh = new Listed(
                ELSEWHERE, new TreeMap<>(Map.of("lost+found", wrong("no account"), "main", wrong("is empty"))));
        FolderState state = FolderState.initial(home).next(fresh).next(fresh).next(fresh);

        assertThat(state.trouble()).startsWith("has no account, and is not the folder");
        assertThat(plan(state, held("desk", "key"))).isEmpty();
        assertThat(state.lastIdentity()).isEqualTo(home);
    }

    /** Otherwise the folder of before would be the other one, after the fresh volume was seen first. */
    @Test
    void aFolderWithoutAnyAccountIsNotRemembered() {
        Listed fresh = new Listed(ELSEWHERE, new TreeMap<>(Map.of("lost+found", wrong("no account"))));

        assertThat(after(fresh, fresh).lastIdentity()).isNull();
        assertThat(after(fresh, fresh).trouble()).isNull();
    }

    @Test
    void aFolderThatIsEmptyFromTheStartIsFine() {
        FolderState state = after(home(), home());

        assertThat(state.trouble()).isNull();
        assertThat(plan(state)).isEmpty();
    }

    @Test
    void anotherFolderWithFilesCountsAtOnce() {
        Listed other = new Listed(ELSEWHERE, home("b", "2").files());
        FolderState state = after(home("a", "1"), home("a", "1"), other, other);

        assertThat(plan(state, held("a", "1"))).containsExactly("REGISTER b", "RELEASE a");
        assertThat(state.lastIdentity()).isEqualTo(ELSEWHERE);
    }

    @Test
    void aSettingWinsOverTheApiKeyOfAFileWhichStillKeepsItsAccount() {
        FolderState there = after(home("main", "key"), home("main", "key"));
        Set<String> main = Set.of("main");

        List<Action> register = AccountsPlan.of(there, main, Set.of(), Map.of());
        assertThat(names(register)).containsExactly("REGISTER main");
        assertThat(register.get(0).apiKey()).isNull();
        assertThat(AccountsPlan.of(there, main, Set.of(), byAccount(held("main", "old"))))
                .isEmpty();
    }

    @Test
    void anAccountOfASettingIsReleasedWithItsFileUnlessTheSettingKeepsIt() {
        FolderState gone = after(home("main", "key"), home("main", "key"), home(), home());
        Set<String> main = Set.of("main");

        assertThat(names(AccountsPlan.of(gone, main, Set.of(), byAccount(held("main", "key")))))
                .containsExactly("RELEASE main");
        assertThat(AccountsPlan.of(gone, main, main, byAccount(held("main", "key"))))
                .isEmpty();
    }

    @Test
    void registrationsAreInTheOrderOfTheNames() {
        Listed many = home("c", "3", "a", "1", "b", "2");

        assertThat(plan(after(many, many))).containsExactly("REGISTER a", "REGISTER b", "REGISTER c");
    }

    /**
     * Files that are written in pieces, replaced, broken and removed, a folder that goes away or is mounted over, restarts, and
     * actions that fail. Every piece is seen once only.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89})
    void whateverHappensOnlyWholeFilesCountAndOnlyRemovedOnesAreReleased(long seed) {
        Random random = new Random(seed);
        RandomFolder folder = new RandomFolder(random);
        Map<String, Lease> leases = new TreeMap<>();
        FolderState state = FolderState.initial(null);
        int done = 0;
        for (int round = 0; round < 5_000; round++) {
            if (random.nextInt(50) == 0) {
                state = FolderState.initial(state.lastIdentity());
            }
            folder.change();
            state = state.next(folder.read());
            for (Action action : AccountsPlan.of(state, Set.of(), Set.of(), leases)) {
                assertThat(folder.allows(action))
                        .as("seed %d, round %d: %s", seed, round, action)
                        .isTrue();
                if (random.nextInt(3) > 0) {
                    carryOut(action, leases);
                    done++;
                }
            }
        }
        folder.calmDown();
        for (int i = 0; i < 3; i++) {
            state = state.next(folder.read());
            AccountsPlan.of(state, Set.of(), Set.of(), leases).forEach(action -> carryOut(action, leases));
        }

        assertThat(apiKeys(leases)).as("seed %d", seed).isEqualTo(folder.whole());
        assertThat(done).as("actions").isGreaterThan(500);
    }

    private static Map<String, String> apiKeys(Map<String, Lease> leases) {
        return leases.values().stream()
                .collect(Collectors.toMap(
                        Lease::account,
                        lease -> lease.registration().apiKey() == null
                                ? ""
                                : lease.registration().apiKey().reveal()));
    }

    private static void carryOut(Action action, Map<String, Lease> leases) {
        if (action.apiKey() == null) {
            leases.remove(action.account());
        } else {
            leases.put(action.account(), held(action.account(), action.apiKey().reveal()));
        }
    }

    private static List<String> plan(FolderState state, Lease... held) {
        return names(AccountsPlan.of(state, Set.of(), Set.of(), byAccount(held)));
    }

    private static List<String> names(List<Action> actions) {
        return actions.stream()
                .map(action -> action.kind() + " " + action.account())
                .toList();
    }

    private static Map<String, Lease> byAccount(Lease... leases) {
        return Arrays.stream(leases)
                .collect(Collectors.toMap(Lease::account, Function.identity(), (one, other) -> other, TreeMap::new));
    }

    /** A folder to which everything happens, and which knows what may follow. */
    private static final class RandomFolder {
        private static final int NAMES = 6;

        private final Random random;
        private final Map<String, AccountFile> files = new TreeMap<>();
        private final Set<String> incomplete = new HashSet<>();
        private final Map<String, Set<String>> wholeEver = new HashMap<>();
        private long version;
        private int away;
        private boolean mountedOver;

        RandomFolder(Random random) {
            this.random = random;
        }

        void change() {
            away = away > 0 ? away - 1 : random.nextInt(40) == 0 ? random.nextInt(6) : 0;
            mountedOver = random.nextBoolean();
            // What is being written goes on with each reading.
            for (String name : Set.copyOf(incomplete)) {
                write(name, random.nextInt(3) == 0);
            }
            if (random.nextInt(2) == 0) {
                String name = "desk-" + random.nextInt(NAMES);
                switch (random.nextInt(4)) {
                    case 0 -> remove(name);
                    case 1 -> write(name, false);
                    default -> write(name, true);
                }
            }
        }

        private void remove(String name) {
            files.remove(name);
            incomplete.remove(name);
        }

        private void write(String name, boolean whole) {
            version++;
            String apiKey = (whole ? "whole-" : "part-") + version;
            boolean empty = !whole && random.nextBoolean();
            files.put(name, empty ? new AccountFile(null, null, "is empty " + version) : good(apiKey, version));
            if (whole) {
                incomplete.remove(name);
                wholeEver.computeIfAbsent(name, any -> new HashSet<>()).add(apiKey);
            } else {
                incomplete.add(name);
            }
        }

        void calmDown() {
            away = 0;
            Set.copyOf(incomplete).forEach(name -> write(name, true));
            // An empty folder would be fine, too, but proves little.
            write("desk-0", true);
        }

        FolderReading read() {
            if (away > 0) {
                return mountedOver ? EMPTY_MOUNT : UNUSABLE;
            }
            return home(files);
        }

        boolean allows(Action action) {
            if (action.apiKey() == null) {
                return away == 0 && !files.containsKey(action.account());
            }
            return wholeEver
                    .getOrDefault(action.account(), Set.of())
                    .contains(action.apiKey().reveal());
        }

        Map<String, String> whole() {
            Map<String, String> whole = new HashMap<>();
            files.forEach((name, file) ->
                    whole.put(name, file.apiKey() == null ? "" : file.apiKey().reveal()));
            return whole;
        }
    }
}

package dev.listenkeyd.notify.sink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file is replaced as a whole, whatever is in its place, on the real disk. */
class KeyFileTest {
    private static final int LOOKED_AT = 5_000;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "rw-r-----", "r--------", "rw-r--r--"})
    void theFileHasItsModeFromTheFirstByteOn(String mode) throws IOException {
        FileSink sink = sink("main.json", mode);

        try (SinkFiles.NewFile begun = new DiskFiles().create(sink.temporary(), sink.mode())) {
            assertThat(modeOf(sink.temporary())).isEqualTo(mode);
            assertThat(sink.temporary()).isEmptyFile();
            begun.write("the key".getBytes(UTF_8));
        }

        assertThat(modeOf(sink.temporary())).isEqualTo(mode);
        replace(sink, "another");
        assertThat(modeOf(sink.file())).isEqualTo(mode);
        assertThat(sink.file()).content().isEqualTo("another");
        assertThat(names()).containsExactly("main.json");
    }

    /** Whoever opened it in between could read on. The more often it is looked at, the surer is it that nobody can. */
    @Test
    void theFileIsAtNoInstantOpenToOthers() throws Exception {
        FileSink sink = sink("main.json", "rw-------");
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Set<Set<PosixFilePermission>>> seen = CompletableFuture.supplyAsync(() -> {
            Set<Set<PosixFilePermission>> modes = new HashSet<>();
            while (!over.get()) {
                try {
                    modes.add(Files.getPosixFilePermissions(sink.temporary()));
                } catch (IOException e) {
                    // It is not there now.
                }
            }
            return modes;
        });

        try {
            for (int i = 0; i < LOOKED_AT; i++) {
                new DiskFiles().create(sink.temporary(), sink.mode()).close();
                Files.delete(sink.temporary());
            }
        } finally {
            over.set(true);
        }

        assertThat(seen.get()).isSubsetOf(Set.of(sink.mode()));
    }

    @Test
    void anotherModeTakesThePlaceOfTheOldOne() throws IOException {
        replace(sink("main.json", "rw-r--r--"), "old");
        replace(sink("main.json", "rw-------"), "new");

        assertThat(modeOf(folder.resolve("main.json"))).isEqualTo("rw-------");
    }

    /** A reader that has the old file open goes on with the old one, whole. */
    @Test
    void anOpenFileStaysAsItWas() throws IOException {
        FileSink sink = sink("main.json", "rw-------");
        replace(sink, "old");
        try (var reader = Files.newBufferedReader(sink.file())) {
            replace(sink, "new and longer");
            assertThat(reader.readLine()).isEqualTo("old");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a file", "nothing", "a folder"})
    void aSymbolicLinkIsReplacedAndNotFollowed(String target) throws IOException {
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere")).resolve("target");
        if (target.equals("a file")) {
            Files.writeString(elsewhere, "precious");
        } else if (target.equals("a folder")) {
            Files.createDirectory(elsewhere);
        }
        FileSink sink = sink("main.json", "rw-------");
        Files.createSymbolicLink(sink.file(), elsewhere);

        replace(sink, "the key");

        assertThat(Files.isSymbolicLink(sink.file())).isFalse();
        assertThat(sink.file()).content().isEqualTo("the key");
        switch (target) {
            case "a file" -> assertThat(elsewhere).content().isEqualTo("precious");
            case "a folder" -> assertThat(elsewhere).isEmptyDirectory();
            default -> assertThat(elsewhere).doesNotExist();
        }
    }

    /** A link that somebody puts where the temporary file will be, to have another file written. */
    @Test
    void aLinkInPlaceOfTheTemporaryFileIsNotFollowed() throws IOException {
        Path precious = Files.writeString(folder.resolve("precious"), "precious");
        FileSink sink = sink("main.json", "rw-------");
        Files.createSymbolicLink(sink.temporary(), precious);

        replace(sink, "the key");

        assertThat(precious).content().isEqualTo("precious");
        assertThat(sink.file()).content().isEqualTo("the key");
        assertThat(names()).containsExactly("main.json", "precious");
    }

    @Test
    void aTemporaryFileThatAKillLeftIsRemoved() throws IOException {
        FileSink sink = sink("main.key", "rw-------");
        Files.writeString(sink.temporary(), "half a k");

        replace(sink, "the key");

        assertThat(names()).containsExactly("main.key");
        assertThat(sink.isRawKey()).isTrue();
    }

    @Test
    void aFolderIsLeftAlone() throws IOException {
        FileSink sink = sink("main.json", "rw-------");
        Files.createDirectory(sink.file());

        assertThatThrownBy(() -> replace(sink, "the key"))
                .isInstanceOf(FileSystemException.class)
                .hasMessage(sink.file() + ": a folder is in its place");

        assertThat(sink.file()).isEmptyDirectory();
        assertThat(names()).containsExactly("main.json");
    }

    @Test
    void aPipeIsLeftAlone() throws Exception {
        FileSink sink = sink("main.json", "rw-------");
        Process mkfifo = new ProcessBuilder("mkfifo", sink.file().toString()).start();
        Assumptions.assumeTrue(mkfifo.waitFor() == 0, "pipes can be made here");

        assertThatThrownBy(() -> replace(sink, "the key"))
                .isInstanceOf(FileSystemException.class)
                .hasMessage(sink.file() + ": a pipe, a device or a socket is in its place");

        assertThat(Files.isRegularFile(sink.file())).isFalse();
        assertThat(names()).containsExactly("main.json");
    }

    private static void replace(FileSink sink, String content) throws IOException {
        KeyFile file = new KeyFile(sink, new DiskFiles());
        file.replace(content.getBytes(UTF_8));
        assertThat(file.isIntact()).isTrue();
    }

    private FileSink sink(String name, String mode) {
        return new FileSink("main", folder.resolve(name), PosixFilePermissions.fromString(mode));
    }

    private static String modeOf(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }
}

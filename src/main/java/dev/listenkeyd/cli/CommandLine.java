package dev.listenkeyd.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.cli.DaemonClient.Answer;
import dev.listenkeyd.cli.DaemonClient.Refused;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** Runs one command. */
public final class CommandLine {
    /** An attempt may have to wait for its turn, and for the exchange. */
    private static final Duration RENEWAL = Duration.ofMinutes(1);

    private static final String LEASES = "/v1/listen-keys";
    private static final int PAGE = 1_000;

    private final Arguments arguments;
    private final CommandContext context;
    private final PrintStream out;
    private final DaemonClient daemon;
    private final Endpoint endpoint;
    private final LeaseText texts;
    private final Colours colours;

    private CommandLine(Arguments arguments, CommandContext context) {
        this.arguments = arguments;
        this.context = context;
        this.out = context.out();
        this.endpoint = Endpoint.of(arguments, context);
        this.daemon = new DaemonClient(endpoint);
        this.texts = new LeaseText(new TimeText(context.machine().clock()));
        this.colours = new Colours(context.coloured());
    }

    /** Runs the command that these arguments say; a failure is one sentence on {@code err}. */
    public static ExitCode run(List<String> arguments, CommandContext context) {
        try {
            return new CommandLine(Arguments.parse(arguments), context).run();
        } catch (CommandFailed e) {
            return failed(e, context);
        } catch (Refused e) {
            return failed(e.failed(), context);
        }
    }

    private static ExitCode failed(CommandFailed failure, CommandContext context) {
        context.out().flush();
        context.err().println("listenkeyd: " + failure.getMessage());
        return failure.exitCode();
    }

    private ExitCode run() {
        return switch (arguments.command()) {
            case OVERVIEW -> show("/v1/status", json -> texts.status(json, endpoint.base()));
            case LIST -> arguments.json() ? listAsJson() : list();
            case SHOW -> show(lease(""), texts::lease);
            case EXPLAIN -> show(lease("/explain"), texts::explanation);
            case KEY -> show(lease("/key"), texts::key);
            case REPLICAS -> replicas();
            case RENEW -> renew();
            case PAUSE -> pause();
            case RESUME -> print(daemon.call("DELETE", lease("/pause"), RENEWAL), texts::lease);
            case WAIT -> new KeyWait(daemon, arguments, context).run(lease(""));
            case WATCH -> watch();
        };
    }

    private String lease(String path) {
        return LEASES + "/" + arguments.requiredAccount() + path;
    }

    private ExitCode show(String path, Function<JsonNode, Fields> text) {
        return print(daemon.get(path, DaemonClient.READ), text);
    }

    private ExitCode print(Answer answer, Function<JsonNode, Fields> text) {
        if (arguments.json()) {
            out.println(answer.text());
        } else {
            text.apply(answer.json()).print(out, colours);
        }
        return ExitCode.SUCCESS;
    }

    private ExitCode renew() {
        Answer answer = daemon.call("POST", lease("/renew"), RENEWAL);
        print(answer, texts::lease);
        if (answer.json().path("failures").asInt() == 0) {
            return ExitCode.SUCCESS;
        }
        throw new CommandFailed(
                ExitCode.FAILURE,
                "the attempt failed, "
                        + DisplayText.line(LeaseText.failure(answer.json().path("lastFailure"))));
    }

    private ExitCode pause() {
        String body = "{\"reason\":" + Json.quoted(arguments.requiredOption(Option.REASON)) + ",\"for\":"
                + Json.quoted(arguments.requiredOption(Option.FOR)) + "}";
        return print(daemon.post(lease("/pause"), body, RENEWAL), texts::lease);
    }

    private ExitCode replicas() {
        Answer answer = daemon.get("/v1/replicas", DaemonClient.READ);
        if (arguments.json()) {
            out.println(answer.text());
        } else {
            texts.replicas(answer.json()).print(out, colours);
            LeaseText.takeovers(answer.json()).print(out, colours);
        }
        return ExitCode.SUCCESS;
    }

    private ExitCode list() {
        Table table = LeaseText.table();
        forEachPage(page -> page.json().path("items").forEach(lease -> texts.addRow(lease, table)));
        table.print(out, colours);
        return ExitCode.SUCCESS;
    }

    /** One document, as if the daemon had no pages. */
    private ExitCode listAsJson() {
        try (JsonGenerator all = Json.FACTORY.createGenerator(out)) {
            all.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            // A list that a failure cuts short must not look like a whole one.
            all.disable(JsonGenerator.Feature.AUTO_CLOSE_JSON_CONTENT);
            all.writeStartObject();
            all.writeArrayFieldStart("items");
            forEachPage(page -> copyItems(page, all));
            all.writeEndArray();
            all.writeNullField("next");
            all.writeEndObject();
            all.writeRaw(System.lineSeparator());
        } catch (IOException e) {
            throw new CommandFailed(ExitCode.FAILURE, "the list can't be written");
        }
        return ExitCode.SUCCESS;
    }

    private static void copyItems(Answer page, JsonGenerator all) {
        try (JsonParser parser = Json.FACTORY.createParser(page.text())) {
            while (parser.nextToken() != JsonToken.START_ARRAY) {
                // The items come first.
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                all.copyCurrentStructure(parser);
            }
        } catch (IOException e) {
            throw new CommandFailed(ExitCode.FAILURE, "the list can't be written");
        }
    }

    /** Until the last one, or the reader of the output is gone. */
    private void forEachPage(Consumer<Answer> each) {
        String status = arguments.option(Option.STATUS);
        String path = LEASES + "?limit=" + PAGE + (status == null ? "" : "&status=" + status);
        String after = "";
        while (!out.checkError()) {
            Answer page = daemon.get(path + after, DaemonClient.READ);
            if (!page.json().path("items").isArray()) {
                throw new CommandFailed(ExitCode.FAILURE, endpoint + " answers, but not as listenkeyd does");
            }
            each.accept(page);
            JsonNode next = page.json().path("next");
            if (!next.isTextual()) {
                return;
            }
            after = "&after=" + Arguments.requireAccount(next.textValue());
        }
    }

    private ExitCode watch() {
        String account = arguments.account();
        if (account == null) {
            return new EventWatch(daemon, arguments, context).run("/v1/events");
        }
        // A misspelt account would never have an event.
        daemon.get(lease(""), DaemonClient.READ);
        return new EventWatch(daemon, arguments, context).run("/v1/events?account=" + account);
    }
}

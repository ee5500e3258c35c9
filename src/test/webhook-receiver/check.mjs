// A receiver of webhooks as a user writes it, with the official library, and a daemon in its sandbox that calls it. Prints a line
// a check; the exit code is 1 when one failed. Started by run: check.mjs <command of the daemon>.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";

const SECRET = `whsec_${randomBytes(32).toString("base64")}`;
const PATIENCE_MS = 60_000;
const library = new Webhook(SECRET);

/** Calls whose signature the library has accepted, and the reasons why it refused others. */
const accepted = [];
const refused = [];
let answer = 204;

const receiver = createServer(async (call, reply) => {
    const chunks = [];
    for await (const chunk of call) {
        chunks.push(chunk);
    }
    const body = Buffer.concat(chunks).toString();
    try {
        accepted.push({ event: library.verify(body, call.headers), body, headers: call.headers, answer });
    } catch (error) {
        refused.push(`${error}`);
    }
    reply.writeHead(answer).end();
});

async function freePort() {
    const server = createServer();
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address();
    await new Promise((done) => server.close(done));
    return port;
}

async function until(what, found) {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(50)) {
        const value = await found();
        if (value) {
            return value;
        }
    }
    throw new Error(`not within ${PATIENCE_MS / 1000} s: ${what}`);
}

let failed = 0;
async function check(what, how) {
    try {
        await how();
        console.log(`ok    ${what}`);
    } catch (error) {
        failed++;
        console.log(`FAIL  ${what}: ${error.stack ?? error}`);
    }
}

await new Promise((done) => receiver.listen(0, "127.0.0.1", done));
const port = await freePort();
const base = `http://127.0.0.1:${port}`;
const [command, ...args] = process.argv.slice(2);
const log = [];
const daemon = spawn(command, args, {
    env: {
        ...process.env,
        LISTENKEYD_SANDBOX: "true",
        QUARKUS_HTTP_PORT: `${port}`,
        LISTENKEYD_WEBHOOKS_NODE_URL: `http://127.0.0.1:${receiver.address().port}/hook`,
        LISTENKEYD_WEBHOOKS_NODE_SECRET: SECRET,
    },
});
daemon.stdout.on("data", (text) => log.push(text));
daemon.stderr.on("data", (text) => log.push(text));

const post = (path, body) =>
    fetch(base + path, {
        method: "POST",
        ...(body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
    });
const received = (type, matches = () => true) => accepted.find(({ event }) => event.type === type && matches(event));
const lease = async () => (await fetch(`${base}/v1/listen-keys/demo`)).json();

try {
    await until("the daemon is up", async () => {
        try {
            return (await lease()).status === "ACTIVE";
        } catch {
            return false;
        }
    });
    await check("the first key is told", async () => {
        const { event, headers } = await until("an event", () => received("key"));
        assert.equal(event.account, "demo");
        assert.equal(headers["webhook-id"], event.id);
        assert.equal(headers["content-type"], "application/json");
    });
    await check("a test arrives, and says so", async () => {
        const reply = await post("/v1/webhooks/node/test");
        assert.equal(reply.status, 200);
        assert.deepEqual(await reply.json(), { webhook: "node", answer: "HTTP 204" });
        assert.ok(received("test"));
    });
    await check("a key that another program has replaced is told with the time to reconcile", async () => {
        const before = (await lease()).fingerprint;
        assert.equal((await post("/sandbox/faults", { kind: "rotate-key", account: "demo" })).status, 200);
        const { event } = await until("an event", () => received("key", (event) => event.fingerprint !== before));
        assert.equal(event.cause, "CLOSED_ELSEWHERE");
        assert.ok(Date.parse(event.reconcile.from) <= Date.parse(event.reconcile.to));
    });
    await check("what was refused is sent again as the same message", async () => {
        answer = 500;
        const before = (await lease()).fingerprint;
        await post("/sandbox/faults", { kind: "rotate-key", account: "demo" });
        const isNew = (event) => event.fingerprint !== before;
        const first = await until("a first attempt", () =>
            accepted.find((call) => call.answer === 500 && call.event.type === "key" && isNew(call.event)),
        );
        answer = 204;
        const second = await until("a second attempt", () =>
            accepted.find((call) => call.answer === 204 && call.event.id === first.event.id),
        );
        assert.equal(second.body, first.body);
        assert.notEqual(second.headers["webhook-timestamp"], first.headers["webhook-timestamp"]);
    });
    await check("the library refused nothing, and would have refused a changed body", () => {
        assert.deepEqual(refused, []);
        const { body, headers } = accepted[0];
        assert.throws(() => library.verify(body.replace("demo", "domo"), headers));
    });
    await check("the log has neither the secret nor the address", () => {
        const text = log.join("");
        assert.ok(!text.includes(SECRET) && !text.includes("/hook"));
    });
} catch (error) {
    failed++;
    console.log(`FAIL  ${error.stack ?? error}`);
} finally {
    daemon.kill();
    await new Promise((done) => (daemon.exitCode === null ? daemon.once("exit", done) : done()));
    receiver.close();
}
if (failed > 0) {
    console.log(`--- the daemon's log\n${log.join("")}`);
}
process.exit(failed > 0 ? 1 : 0);

// What an agent with the official clients sees of a daemon in its sandbox, and what a person must do for it. Prints a line a
// check; the exit code is 1 when one failed. Started by run, which says by environment variables where the daemon is.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import * as second from "@modelcontextprotocol/client";

const { BASE, DAEMON_LOG, OPERATOR, RENEWER, READER, PERSON, REVEALER } = process.env;

const RENEW = "BinanceOptionsRenewListenKey";
const CREATE = "BinanceOptionsCreateListenKey";
const DELETE = "BinanceOptionsDeleteListenKey";
const STATUS = "BinanceOptionsListenKeyStatus";
const EXPLAIN = "BinanceOptionsListenKeyExplain";
const WHAT_IF = "BinanceOptionsListenKeyWhatIf";
const READ_ONLY = [STATUS, EXPLAIN, WHAT_IF];

/** Whatever the daemon has answered to an agent: headers and bodies, as they came. */
const answers = [];
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

async function recorded(url, init) {
    const answer = await fetch(url, init);
    answers.push(JSON.stringify([...answer.headers]) + (await answer.clone().text()));
    return answer;
}

async function connect(token) {
    const headers = { Authorization: `Bearer ${token}` };
    const transport = new StreamableHTTPClientTransport(new URL(`${BASE}/mcp`), {
        requestInit: { headers },
        fetch: recorded,
    });
    const client = new Client({ name: "check", version: "1" });
    await client.connect(transport);
    // From now on the client holds structured content against the output schema of its tool.
    const { tools } = await client.listTools();
    const call = (name, args = {}, signal = undefined) =>
        client.callTool({ name, arguments: args }, undefined, { timeout: 60_000, signal });
    return { client, transport, tools, call };
}

async function api(token, method, path, body) {
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    return fetch(BASE + path, { method, headers, body: body && JSON.stringify(body) });
}

const json = async (token, path) => (await api(token, "GET", path)).json();

const text = (result) => result.content[0].text;

function served(result) {
    assert.ok(!result.isError, text(result));
    assert.ok(result.structuredContent, "no structured content");
    assert.ok(text(result).length > 0, "nothing for a model to read");
    return result.structuredContent;
}

function refused(result, beginning) {
    assert.equal(result.isError, true, text(result));
    assert.ok(text(result).startsWith(beginning), text(result));
    return text(result);
}

/** Returns when a call waits for a person. */
async function waiting() {
    for (let i = 0; i < 100; i++) {
        const { items } = await json(PERSON, "/v1/approvals");
        if (items.length > 0) {
            assert.equal(items.length, 1);
            return items[0];
        }
        await sleep(50);
    }
    throw new Error("no call waits for a person");
}

async function decide(decision, reason) {
    const { id, tool, client } = await waiting();
    assert.equal(client, "operator");
    assert.equal((await api(OPERATOR, "POST", `/v1/approvals/${id}`, { decision: "approve" })).status, 403);
    assert.equal((await api(PERSON, "POST", `/v1/approvals/${id}`, { decision, reason })).status, 204);
    return tool;
}

/** A call, and the person's word meanwhile. */
async function asked(call, tool, decision, reason) {
    const [result, decided] = await Promise.all([call, decide(decision, reason)]);
    assert.equal(decided, tool);
    return result;
}

const demoKey = async () => (await json(REVEALER, "/v1/listen-keys/demo/key")).listenKey;

/** The daemon is ready, and has made a key. */
async function firstKey() {
    for (let i = 0; i < 300; i++) {
        const key = await demoKey().catch(() => undefined);
        if (key) {
            return key;
        }
        await sleep(200);
    }
    throw new Error("no daemon, or no key for its demo account, after a minute");
}

const key = await firstKey();

// --- an operator's agent

const operator = await connect(OPERATOR);

await check("the client and the daemon agree on a protocol", () => {
    assert.equal(operator.client.getServerVersion().name, "listenkeyd");
    assert.ok(operator.transport.sessionId);
});

await check("the tools are those that are promised, described and with hints", () => {
    assert.deepEqual(
        operator.tools.map((tool) => tool.name).sort(),
        [RENEW, CREATE, DELETE, STATUS, EXPLAIN, WHAT_IF].sort(),
    );
    for (const tool of operator.tools) {
        assert.ok(tool.description.length > 40, tool.name);
        assert.equal(tool.inputSchema.additionalProperties, false, tool.name);
        assert.equal(tool.outputSchema.type, "object", tool.name);
        assert.equal(tool.annotations.readOnlyHint, READ_ONLY.includes(tool.name), tool.name);
        assert.equal(tool.annotations.destructiveHint, tool.name === DELETE, tool.name);
    }
});

for (const [how, args] of [
    ["without an argument", {}],
    ["with an account that is null", { account: null }],
    ["by account", { account: "demo" }],
    ["by the key itself", { listenKey: key }],
]) {
    await check(`${RENEW} ${how}`, async () => {
        const { renewed, lease } = served(await operator.call(RENEW, args));
        assert.equal(typeof renewed, "boolean");
        assert.equal(lease.account, "demo");
        assert.equal(lease.status, "ACTIVE");
    });
}

await check(`${RENEW} with a key that nobody knows is an error that repeats nothing`, async () => {
    const unknown = "n0b0dy".repeat(10);
    const said = refused(await operator.call(RENEW, { listenKey: unknown }), "");
    assert.ok(!said.includes(unknown));
});

await check(`${STATUS} of all and of one`, async () => {
    const all = served(await operator.call(STATUS));
    assert.deepEqual(all.leases.map((lease) => lease.account), ["demo"]);
    const one = await operator.call(STATUS, { account: "demo" });
    served(one);
    assert.ok(text(one).includes("demo"));
    refused(await operator.call(STATUS, { account: "nobody" }), "");
});

await check(`${EXPLAIN}`, async () => {
    const result = await operator.call(EXPLAIN, { account: "demo" });
    served(result);
    assert.ok(text(result).includes("demo"));
    refused(await operator.call(EXPLAIN, {}), "");
});

await check(`${WHAT_IF}`, async () => {
    served(await operator.call(WHAT_IF, { outageMinutes: 5 }));
    served(await operator.call(WHAT_IF, { outageMinutes: 5, startsInMinutes: 10 }));
    refused(await operator.call(WHAT_IF, { outageMinutes: -1 }), "");
});

await check(`${CREATE} waits for a person, who approves`, async () => {
    const { created, lease } = served(
        await asked(operator.call(CREATE, { account: "demo" }), CREATE, "approve"),
    );
    assert.equal(typeof created, "boolean");
    assert.ok(lease.holders.includes("operator"));
});

await check(`${DELETE} is rejected, with the person's reason`, async () => {
    const result = await asked(
        operator.call(DELETE, { account: "demo" }),
        DELETE,
        "reject",
        "two bots read this stream",
    );
    assert.ok(refused(result, "[POLICY DENIED] ").includes("two bots read this stream"));
    assert.ok((await json(READER, "/v1/listen-keys/demo")).holders.includes("operator"));
});

await check(`${DELETE} is approved`, async () => {
    const { closed } = served(await asked(operator.call(DELETE, { account: "demo" }), DELETE, "approve"));
    assert.equal(closed, false, "the configuration holds it, too");
    assert.ok(!(await json(READER, "/v1/listen-keys/demo")).holders.includes("operator"));
});

await check("a call that its agent takes back waits no more", async () => {
    const gone = new AbortController();
    const result = operator.call(CREATE, { account: "demo" }, gone.signal).catch((error) => error);
    const { id } = await waiting();
    gone.abort("changed my mind");
    assert.ok((await result) instanceof Error);
    for (let i = 0; i < 60 && (await json(PERSON, "/v1/approvals")).items.length > 0; i++) {
        await sleep(50);
    }
    const late = await api(PERSON, "POST", `/v1/approvals/${id}`, { decision: "approve" });
    assert.equal(late.status, 404);
});

await check("a call that nobody decides on ends, and a later approval does nothing", async () => {
    const [result, { id }] = await Promise.all([operator.call(CREATE, { account: "demo" }), waiting()]);
    refused(result, "[APPROVAL REQUIRED] ");
    const late = await api(PERSON, "POST", `/v1/approvals/${id}`, { decision: "approve" });
    assert.equal(late.status, 404);
    assert.ok(!(await json(READER, "/v1/listen-keys/demo")).holders.includes("operator"));
});

await check(`a fourth ${CREATE} within a minute is told when to come back`, async () => {
    refused(await operator.call(CREATE, { account: "demo" }), "[POLICY DENIED] ");
});

// --- an agent that may renew, and no more

const renewer = await connect(RENEWER);

await check("renew-only denies every other tool", async () => {
    for (const tool of [CREATE, DELETE, STATUS, EXPLAIN, WHAT_IF]) {
        refused(await renewer.call(tool, { account: "demo" }), "[POLICY DENIED] ");
    }
});

await check("renew-only allows 60 renewals a minute, and says of the next one when to come back", async () => {
    const minute = () => Math.floor(Date.now() / 60_000);
    if (new Date().getSeconds() > 45) {
        await sleep(60_000 - (Date.now() % 60_000));
    }
    const begun = minute();
    for (let i = 1; i <= 60; i++) {
        served(await renewer.call(RENEW));
    }
    const said = refused(await renewer.call(RENEW), "[POLICY DENIED] ");
    const comeBack = Date.parse(said.match(/come back at (\S+)/)[1]);
    assert.equal(comeBack, (begun + 1) * 60_000, said);
});

// --- an agent whose client may only read

const reader = await connect(READER);

await check("a client that may only read changes nothing, whatever its policy allows", async () => {
    served(await reader.call(STATUS));
    refused(await reader.call(RENEW), "[POLICY DENIED] ");
});

await check("an agent's client sees no approvals", async () => {
    assert.equal((await api(READER, "GET", "/v1/approvals")).status, 403);
});

// --- the second generation of the client, whose own protocol has no sessions

await check("a client that would rather speak 2026-07-28 falls back to what the daemon speaks", async () => {
    const transport = new second.StreamableHTTPClientTransport(new URL(`${BASE}/mcp`), {
        requestInit: { headers: { Authorization: `Bearer ${READER}` } },
        fetch: recorded,
    });
    const client = new second.Client({ name: "check", version: "2" }, { versionNegotiation: { mode: "auto" } });
    await client.connect(transport);
    assert.equal((await client.listTools()).tools.length, operator.tools.length);
    served(await client.callTool({ name: STATUS, arguments: { account: null } }));
    refused(await client.callTool({ name: RENEW, arguments: {} }), "[POLICY DENIED] ");
    await transport.terminateSession();
});

// --- the end of a session, and those who may not have one

await check("after its end a session serves nobody", async () => {
    const session = reader.transport.sessionId;
    await reader.transport.terminateSession();
    await assert.rejects(reader.call(STATUS));
    const headers = {
        Authorization: `Bearer ${READER}`,
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
        "Mcp-Session-Id": session,
    };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
    assert.equal((await recorded(`${BASE}/mcp`, { method: "POST", headers, body })).status, 404);
});

await check("a wrong token is no client", async () => {
    await assert.rejects(connect("wrong-token-0123456789"), /401|[Uu]nauthorized/);
});

// --- what is left of it

await check("the metrics tell how waiting ended", async () => {
    const metrics = await (await fetch(`${BASE}/q/metrics`)).text();
    for (const [outcome, count] of Object.entries({ approved: 2, rejected: 1, "timed-out": 1, withdrawn: 1 })) {
        assert.match(metrics, new RegExp(`^listenkey_approvals_total\\{outcome="${outcome}",?\\} ${count}\\.0$`, "m"));
    }
    assert.match(metrics, /^listenkey_policy_decisions_total\{.*\} \d/m);
});

await check("every call and every decision stands in the audit", async () => {
    const { items, intact } = await json(READER, "/v1/audit?limit=1000");
    assert.equal(intact, true);
    const rows = items.map((row) => `${row.client} ${row.action} ${row.result}`);
    for (const beginning of [
        `operator tool ${RENEW} allow /tools/${RENEW}: `,
        `renewer tool ${RENEW} deny /tools/${RENEW}/limits/0: `,
        `person decide approved ${CREATE} of operator`,
        `person decide rejected ${DELETE} of operator`,
    ]) {
        assert.ok(rows.some((row) => row.startsWith(beginning)), `no row "${beginning}" in\n${rows.join("\n")}`);
    }
});

await check("no raw listen key in any answer, in the audit or in the log", async () => {
    assert.equal(await demoKey(), key, "another key by now: look for that one, too");
    const { fingerprint } = await json(READER, "/v1/listen-keys/demo");
    assert.ok(answers.some((answer) => answer.includes(fingerprint)), "what was looked through is not what was said");
    const audit = await (await api(READER, "GET", "/v1/audit?limit=1000")).text();
    for (const place of [...answers, audit, readFileSync(DAEMON_LOG, "utf8")]) {
        assert.ok(!place.includes(key), "a raw listen key");
    }
});

console.log(`${failed === 0 ? "all checks passed" : `${failed} failed`}, ${answers.length} answers looked through`);
process.exit(failed === 0 ? 0 : 1);

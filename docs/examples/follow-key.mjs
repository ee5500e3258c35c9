#!/usr/bin/env node
// Follows the listen key of one account, and connects again when the key is another one. Needs no packages, and
// Node.js 22, or Node.js 20 with --experimental-websocket.
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const { LISTENKEYD_URL = 'http://127.0.0.1:8080', ACCOUNT = 'main', POLL_SECONDS = '2' } = process.env;
const TOKEN_FILE = process.env.LISTENKEYD_TOKEN_FILE; // the token of a client with the scopes read and reveal
const LEASE = `${LISTENKEYD_URL}/v1/listen-keys/${ACCOUNT}`;

// Your code. A fill is an ORDER_TRADE_UPDATE.
function onEvent(event) {
  console.log(`event ${event.e}`);
}

// Your REST calls read orders, trades and positions since then. null: since this bot last ran.
async function reconcile(since) {
  console.log(`reconcile since ${since}`);
}

// Opens the new stream, then closes the old one. Never log the URL: it holds the key.
function connect(streamUrl) {
  const next = new WebSocket(streamUrl);
  next.onmessage = ({ data }) => onEvent(JSON.parse(data));
  sleep(10_000).then(() => next.readyState === WebSocket.CONNECTING && next.close());
  return new Promise((resolve, reject) => {
    next.onerror = next.onclose = () => reject(new Error('no stream'));
    next.onopen = () => {
      stream?.close();
      stream = next;
      resolve();
    };
  });
}

async function get(url) {
  const token = TOKEN_FILE && (await readFile(TOKEN_FILE, 'ascii')).split('\n')[0].trim();
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(5000) });
  if (!response.ok) throw new Error('refused', { cause: { code: response.status } });
  return response.json();
}

let lease, followed; // as last read; as last read with the key that this bot listens with
let stream, connected = null, said; // its connection; the fingerprint of its key; the last line printed
for (;; await sleep(POLL_SECONDS * 1000)) {
  let answered = false, live = false, changed = false, news;
  try {
    lease = await get(LEASE);
    live = lease.expiresAt !== null; // null while LOST or PENDING: no fill arrives, so open no position
    changed = live && (lease.fingerprint !== connected || stream.readyState !== WebSocket.OPEN);
    if (changed) await connect((await get(`${LEASE}/key`)).streamUrl); // before reconciling, so that no fill falls in between
    news = `${lease.account}: ${lease.status}, generation ${lease.generation}`;
    answered = true;
  } catch (error) {
    news = `no answer (${error.cause?.code ?? error.name}); the key lives until ${lease?.expiresAt ?? 'an unknown time'}`;
  }
  if (answered && changed) {
    const loss = lease.lastLoss; // of our key, or of a later one that this bot never saw
    const ours = followed && loss?.fingerprint === followed.fingerprint;
    await reconcile(ours ? loss.lostAt : (followed?.confirmedAt ?? null));
  }
  if (answered) {
    connected = live ? lease.fingerprint : null;
    if (live) followed = lease;
  }
  if (news !== said) console.log((said = news));
}

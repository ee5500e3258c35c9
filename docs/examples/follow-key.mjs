// Follows the listen key of an account. Needs Node.js 18 and the package ws: npm install ws
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';

const { LISTENKEYD_URL = 'http://127.0.0.1:8080', ACCOUNT = 'main', LISTENKEYD_TOKEN = '' } = process.env;
const headers = { Authorization: `Bearer ${LISTENKEYD_TOKEN}` }; // the token of a client with scope reveal
let stream, url, last = null; // the exchange's time of the last event, in milliseconds

const onEvent = (event) => console.log(`event ${event.e}`); // Your code. A fill is an ORDER_TRADE_UPDATE.
// Your REST calls read orders, trades and positions since then. null: since this bot last ran.
const reconcile = (since) => console.log(`reconcile since ${since}`);

function listen(address) {
  if (address !== url) return; // there is another key by now
  const mine = (stream = new WebSocket(address, { handshakeTimeout: 10_000 }));
  const silence = setTimeout(() => mine.terminate(), 900_000); // the exchange pings every few minutes
  mine.on('ping', () => silence.refresh());
  mine.on('open', () => reconcile(last)); // after connecting, so that no event falls in between
  mine.on('message', (text) => (onEvent(JSON.parse(text)), (last = JSON.parse(text).E ?? last)));
  mine.on('error', (error) => console.log(`no stream: ${error.code}`)); // no more: the address holds the key
  mine.on('close', () => setTimeout(listen, 2000, address));
}

for (let pause = 1; ; await sleep(1000 * (pause = Math.min(2 * pause, 30)))) {
  try {
    const reply = await fetch(`${LISTENKEYD_URL}/v1/listen-keys/${ACCOUNT}/key/events`, { headers });
    let text = '';
    if (!reply.ok) throw new Error(`HTTP ${reply.status}`);
    for await (const chunk of reply.body.pipeThrough(new TextDecoderStream())) {
      for (pause = 1, text += chunk; text.includes('\n'); text = text.slice(text.indexOf('\n') + 1)) {
        const key = text.startsWith('data:') ? JSON.parse(text.slice(5, text.indexOf('\n'))) : {};
        if ((key.streamUrl ?? url) === url) continue; // the same one comes again when the daemon was restarted
        stream?.terminate();
        listen((url = key.streamUrl));
      }
    }
  } catch (error) {
    console.log(`no daemon: ${error.cause?.code ?? error.message}`);
  }
}

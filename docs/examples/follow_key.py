"""Follows the listen key of an account. Needs Python 3.9 and websockets 10 (Debian: python3-websockets)."""
import asyncio, json, os, urllib.request, websockets

LEASE = os.getenv("LISTENKEYD_URL", "http://127.0.0.1:8080") + "/v1/listen-keys/" + os.getenv("ACCOUNT", "main")
DAEMON = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # token and key never pass through a proxy
DAEMON.addheaders = [("Authorization", "Bearer " + os.getenv("LISTENKEYD_TOKEN", ""))]  # of a client with scope reveal
last = None  # the exchange's time of the last event, in milliseconds

def on_event(event):  # Your code. A fill is an ORDER_TRADE_UPDATE.
    print("event", event["e"], flush=True)
def reconcile(since):  # Your REST calls read orders, trades and positions since then. None: since this bot last ran.
    print("reconcile since", since, flush=True)

async def listen(stream_url):
    global last
    while True:
        try:
            async with websockets.connect(stream_url) as stream:
                reconcile(last)  # after connecting, so that no event falls in between
                async for message in stream:
                    on_event(event := json.loads(message))
                    last = event.get("E", last)
        except Exception as error:
            print("no stream:", type(error).__name__, flush=True)  # no more: the address holds the key
        await asyncio.sleep(2)

async def main(url=None, task=None, pause=1):
    while True:
        try:
            lines = await asyncio.to_thread(DAEMON.open, LEASE + "/key/events", timeout=45)
            while line := await asyncio.to_thread(lines.readline):  # a comment comes every 15 s
                key, pause = json.loads(line[5:]) if line.startswith(b"data:") else {}, 1
                if key.get("streamUrl", url) != url:  # the same one comes again when the daemon was restarted
                    if task:
                        task.cancel()
                    url, task = key["streamUrl"], asyncio.create_task(listen(key["streamUrl"]))
        except Exception as error:
            print("no daemon:", error, flush=True)
        await asyncio.sleep(pause := min(2 * pause, 30))
asyncio.run(main())

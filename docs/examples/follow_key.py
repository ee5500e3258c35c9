#!/usr/bin/env python3
"""Follows the listen key of one account, and connects again when the key is another one. Needs Python 3.8."""
import http.client, json, os, threading, time, urllib.request
import websocket  # pip install websocket-client, or Debian's python3-websocket

LEASE = os.environ.get("LISTENKEYD_URL", "http://127.0.0.1:8080") + "/v1/listen-keys/" + os.environ.get("ACCOUNT", "main")
TOKEN_FILE = os.environ.get("LISTENKEYD_TOKEN_FILE")  # the token of a client with the scopes read and reveal
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # token and key never pass through a proxy

def on_event(event):  # Your code. A fill is an ORDER_TRADE_UPDATE.
    print("event", event["e"], flush=True)

def reconcile(since):  # Your REST calls read orders, trades and positions since then. None: since this bot last ran.
    print("reconcile since", since, flush=True)

def connect(stream_url):  # Opens the new stream, then closes the old one. Never log the URL: it holds the key.
    global stream
    old, stream = stream, websocket.create_connection(stream_url, timeout=10, suppress_origin=True)
    stream.settimeout(600)  # the exchange pings every few minutes
    threading.Thread(target=listen, args=(stream,), daemon=True).start()
    if old:
        old.close(timeout=0)

def listen(source):
    try:
        while True:
            on_event(json.loads(source.recv()))
    except (OSError, ValueError, websocket.WebSocketException):
        source.close(timeout=0)  # the loop below connects again

def get(url):
    request = urllib.request.Request(url)
    if TOKEN_FILE:
        with open(TOKEN_FILE, encoding="ascii") as file:
            request.add_header("Authorization", "Bearer " + file.readline().strip())
    with DIRECT.open(request, timeout=5) as response:
        return json.load(response)

lease, followed = {}, {}  # as last read; as last read with the key that this bot listens with
stream = connected = said = None  # its connection; the fingerprint of its key; the last line printed
while True:
    try:
        lease = get(LEASE)
        live = lease["expiresAt"] is not None  # None while LOST or PENDING: no fill arrives, so open no position
        changed = live and (lease["fingerprint"] != connected or not stream.connected)
        if changed:
            connect(get(LEASE + "/key")["streamUrl"])  # before reconciling, so that no fill falls in between
        news = f"{lease['account']}: {lease['status']}, generation {lease['generation']}"
    except (OSError, ValueError, http.client.HTTPException, websocket.WebSocketException) as error:
        reason = getattr(error, "code", type(error).__name__)
        news = f"no answer ({reason}); the key lives until {lease.get('expiresAt') or 'an unknown time'}"
    else:
        if changed:
            loss = lease["lastLoss"] or {}  # of our key, or of a later one that this bot never saw
            ours = followed and loss.get("fingerprint") == followed["fingerprint"]
            reconcile(loss["lostAt"] if ours else followed.get("confirmedAt"))
        connected = lease["fingerprint"] if live else None
        followed = lease if live else followed
    if news != said:
        print(news, flush=True)
        said = news
    time.sleep(float(os.environ.get("POLL_SECONDS", "2")))

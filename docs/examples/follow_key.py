#!/usr/bin/env python3
"""Follows the listen key of one account, and connects again when the key is another one. Needs Python 3.8, no packages."""
import http.client, json, os, time, urllib.request

LEASE = os.environ.get("LISTENKEYD_URL", "http://127.0.0.1:8080") + "/v1/listen-keys/" + os.environ.get("ACCOUNT", "main")
TOKEN_FILE = os.environ.get("LISTENKEYD_TOKEN_FILE")  # the token of a client with the scopes read and reveal
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # token and key never pass through a proxy

def connect(stream_url):  # Your websocket client closes the old stream and opens this one. Never log the URL: it holds the key.
    pass

def reconcile(since):  # Your REST calls read orders, trades and positions since then. None: since this bot last ran.
    print("reconcile since", since, flush=True)

def get(url):
    request = urllib.request.Request(url)
    if TOKEN_FILE:
        with open(TOKEN_FILE, encoding="ascii") as file:
            request.add_header("Authorization", "Bearer " + file.readline().strip())
    with DIRECT.open(request, timeout=5) as response:
        return json.load(response)

lease, followed = {}, {}  # as last read; as last read with the key that this bot listens with
connected = said = None  # the fingerprint of that key; the last line printed
while True:
    try:
        lease = get(LEASE)
        live = lease["expiresAt"] is not None  # None while LOST or PENDING: no fill arrives, so open no position
        changed = live and lease["fingerprint"] != connected
        stream_url = get(LEASE + "/key")["streamUrl"] if changed else None
        news = f"{lease['account']}: {lease['status']}, generation {lease['generation']}"
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "code", type(error).__name__)
        news = f"no answer ({reason}); the key lives until {lease.get('expiresAt') or 'an unknown time'}"
    else:
        if changed:
            connect(stream_url)  # before reconciling, so that no fill falls in between
            loss = lease["lastLoss"] or {}  # of our key, or of a later one that this bot never saw
            ours = followed and loss.get("fingerprint") == followed["fingerprint"]
            reconcile(loss["lostAt"] if ours else followed.get("confirmedAt"))
        connected = lease["fingerprint"] if live else None
        followed = lease if live else followed
    if news != said:
        print(news, flush=True)
        said = news
    time.sleep(float(os.environ.get("POLL_SECONDS", "2")))

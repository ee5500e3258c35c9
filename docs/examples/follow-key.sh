#!/bin/sh
# Runs a program with the address of an account's stream in STREAM_URL, and runs it anew when the listen key is another
# one, or when it has ended. RECONCILE_SINCE: since when it must ask by REST what happened; empty: since it last ran.
#   ACCOUNT=main docs/examples/follow-key.sh python3 bot.py
lease=${LISTENKEYD_URL:-http://127.0.0.1:8080}/v1/listen-keys/${ACCOUNT:-main}
fingerprint= program=

get() { # The token, of a client with the scopes read and reveal, is no argument, since ps shows those.
    echo "header = \"Authorization: Bearer ${LISTENKEYD_TOKEN:-}\"" |
        curl --config - --noproxy '*' -sSf --max-time 45 --retry 5 --retry-connrefused "$lease$1"
}
member() { # of JSON
    sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}
stop() {
    [ -z "$program" ] || { kill "$program" 2> /dev/null; wait "$program"; }
}
trap 'stop; exit' INT TERM

while :; do
    if key=$(get "/key?after=$fingerprint&wait=30s"); then # answered when there is another key, or after 30 s
        new=$(echo "$key" | member listenKey | tr -d '\n' | sha256sum | cut -c 1-8)
        if [ "$new" != "$fingerprint" ] || ! kill -0 "$program" 2> /dev/null; then
            # lastLoss may be of a later key than the one that the program had.
            since=$(get "" | tr '{' '\n' | grep "\"fingerprint\":\"$fingerprint\"" | member lastKnownAlive)
            stop
            echo "key $new, reconcile since ${since:-the last run}"
            STREAM_URL=$(echo "$key" | member streamUrl) RECONCILE_SINCE=$since "$@" &
            program=$! fingerprint=$new
        fi
    else
        echo "no daemon, or no live key"
        sleep 2
    fi
done

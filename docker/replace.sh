#!/bin/sh
# Replaces the containers of the service and the worker by new ones, of the image that is there now, while requests go on: migrates, then one role
# after the other. Each new one is healthy before an old one is told to stop, and the front is told which ones to ask.
#   docker/replace.sh env … docker compose …
set -eu
stack=$*
# shellcheck disable=SC2086 # each word of it is one
compose() { $stack "$@"; }

containers() { compose ps --quiet "$1" | sort; }
count() { printf '%s\n' "$1" | grep -c . || true; }

# The front asks these containers and no other; without any, each that has the name of the service.
ask() {
  [ -n "$(containers nginx)" ] || return 0
  servers=$(for id in "$@"; do docker inspect --format 'server {{slice .Name 1}}:3000 max_fails=0;' "$id"; done)
  # shellcheck disable=SC2016 # the front's own
  compose exec --no-TTY --env "servers=$servers" nginx sh -c '
    cd /etc/nginx/conf.d
    app=http://pinned
    if [ -n "$servers" ]; then echo "upstream pinned { $servers }" > pinned.conf; else rm -f pinned.conf; app=http://$HOLDFAST_APP; fi
    # The hub too, where the service is one.
    sed "s#default http://\($HOLDFAST_APP\|pinned\);#default $app;#" holdfast.conf > /tmp/holdfast.conf && cat /tmp/holdfast.conf > holdfast.conf
    nginx -s reload
    # What is under way ends where it began; whoever listens for long is not waited for.
    for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 1; grep -qs "shutting down" /proc/[0-9]*/cmdline || break; done' >&2
}

stop() { # <container>…: with 0, or this ends
  for id in "$@"; do
    docker stop --time 30 "$id" > /dev/null
    code=$(docker inspect --format '{{.State.ExitCode}}' "$id")
    echo "$(docker inspect --format '{{slice .Name 1}}' "$id") ended with $code" >&2
    [ "$code" = 0 ]
    docker rm "$id" > /dev/null
  done
}

compose run --rm --no-TTY migrate >&2
for role in app worker; do
  old=$(containers "$role")
  [ -n "$old" ] || { echo "$role does not run: make start" >&2; exit 1; }
  # shellcheck disable=SC2086 # ids
  [ "$role" != app ] || ask $old
  compose up --detach --wait --wait-timeout 120 --no-deps --no-recreate --scale "$role=$(($(count "$old") * 2))" "$role"
  new=$(containers "$role" | grep -vxF "$old")
  # shellcheck disable=SC2086
  [ "$role" != app ] || ask $new
  # shellcheck disable=SC2086
  stop $old
  [ "$role" != app ] || ask
done

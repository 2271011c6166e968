#!/bin/sh
# Replaces the containers of the worker and the service by new ones, of the image that is there now, while requests go on: migrates, then one role
# after the other. Each new one is healthy before an old one is told to stop, and the front is told which ones to ask. The workers come first: a
# release may send messages that the one before does not know, and knows all of that one's.
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

# Nothing is said of the old ones: that one of them is not well may be why it is replaced.
await() { # <container>…: until each is healthy, for two minutes
  for id in "$@"; do
    seconds=120
    until [ "$(docker inspect --format '{{.State.Status}} {{.State.Health.Status}}' "$id")" = 'running healthy' ]; do
      [ $((seconds -= 1)) -gt 0 ] || return 1
      sleep 1
    done
  done
}

compose run --rm --no-TTY migrate >&2
for role in worker app; do
  old=$(containers "$role")
  [ -n "$old" ] || { echo "$role does not run: make start" >&2; exit 1; }
  # shellcheck disable=SC2086 # ids
  [ "$role" != app ] || ask $old
  compose up --detach --no-deps --no-recreate --scale "$role=$(($(count "$old") * 2))" "$role"
  new=$(containers "$role" | grep -vxF "$old")
  # shellcheck disable=SC2086
  if ! await $new; then
    echo "the old one goes on, for a new $role did not become healthy, and is removed. The last that it said:" >&2
    # shellcheck disable=SC2086
    for id in $new; do docker logs --tail 20 "$id" >&2; done
    # shellcheck disable=SC2086
    docker rm --force $new > /dev/null
    [ "$role" != app ] || ask
    exit 1
  fi
  # shellcheck disable=SC2086
  [ "$role" != app ] || ask $new
  # shellcheck disable=SC2086
  stop $old
  [ "$role" != app ] || ask
done

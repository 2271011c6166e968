#!/bin/sh
# Ships the lines of LOG_FOLDER to the Elasticsearch of SEARCH_URL_FILE. docs/logs.md tells what is promised, and decision 0045 why it is so.
#   LOG_FOLDER=/logs SEARCH_URL_FILE=/run/secrets/search_url LOG_INDEX_DAYS=30 KIBANA_URL=http://kibana:5601 docker/logs/ship.sh
# The files are the queue, and each line has its place in them for an id: rsyslog reads them from the beginning whenever it starts, and what
# was there before is refused by Elasticsearch. So it is enough to start anew wherever a line may not have arrived.
set -eu
here=$(dirname "$0")
work=$(mktemp -d)
shipper='' keepers=''
end() {
  [ -z "$shipper" ] || kill -s KILL "$shipper" 2>/dev/null || true
  # shellcheck disable=SC2086 # each word of it is one
  [ -z "$keepers" ] || kill $keepers 2>/dev/null || true
  rm -rf "$work"
}
trap end EXIT
trap 'exit 0' TERM INT

say() { echo "logs: $1" >&2; }
# http(s)://[USER:PASSWORD@]HOST:PORT[/PREFIX], as the service has it.
address=$(cat "${SEARCH_URL_FILE:-/dev/null}")
[ -n "$address" ] || { say 'SEARCH_URL_FILE names no Elasticsearch'; exit 1; }
scheme=${address%%://*}
rest=${address#*://}
server=$scheme://${rest%%/*}
case $rest in */?*) prefix=${rest#*/} prefix=${prefix%/} ;; *) prefix=holdfast ;; esac

# <method> <path> [<file>]: prints the answer, true where it was done. The address may hold a password: no other process is shown it.
ask() {
  printf 'url = "%s%s"\n' "$server" "$2" | curl --config - --request "$1" --fail --silent --max-time 10 \
    ${3:+--header 'content-type: application/json' --data-binary "@$3"}
}

# Before the first line: fields that are indexed are of the kind that they are meant to be. Elasticsearch that cannot take it takes no lines either.
template() {
  sed "s|PREFIX|$prefix|" "$here/index-template.json" > "$work/template.json"
  ask PUT "/_index_template/$prefix-logs" "$work/template.json" > /dev/null
}

# Removes the days of which the lines are kept no longer; false where Elasticsearch did not do it.
forget() {
  oldest=$prefix-logs-$(date --utc --date "-${LOG_INDEX_DAYS:-30} days" +%F)
  indices=$(ask GET "/_cat/indices/$prefix-logs-*?h=index") || return 1
  for index in $indices; do
    [ "$(printf '%s\n' "$index" "$oldest" | sort | head -n 1)" != "$index" ] || [ "$index" = "$oldest" ] || ask DELETE "/$index" > /dev/null || return 1
  done
}

# Once, as soon as Kibana serves: what people have changed there since then stays theirs until the next start.
show() {
  [ -n "${KIBANA_URL:-}" ] || return 0
  sed "s|PREFIX|$prefix|" "$here/../kibana/saved-objects.ndjson" > "$work/kibana.ndjson"
  until curl --fail --silent --max-time 30 --output "$work/kibana-answer" --header 'kbn-xsrf: true' --form "file=@$work/kibana.ndjson" \
    "$KIBANA_URL/api/saved_objects/_import?overwrite=true" && grep -q '"success":true' "$work/kibana-answer"; do sleep 2; done
  say 'Kibana has its data view, search and dashboard'
}

escaped() { printf %s "$1" | sed 's/[&|\\]/\\&/g'; }
sed "s|{FOLDER}|$(escaped "$LOG_FOLDER")|; s|{WORK}|$work/state|; s|{SERVER}|$(escaped "$server")|g; s|{PREFIX}|$prefix|" "$here/rsyslog.conf" \
  > "$work/rsyslog.conf"
mkfifo "$work/told"

show &
keepers=$!
while :; do if forget; then sleep 3600; else sleep 5; fi; done &
keepers="$keepers $!"
while :; do
  template || {
    say 'Elasticsearch does not take its template: lines wait in their files'
    until template; do sleep 1; done
  }
  rm -rf "$work/state"
  mkdir "$work/state"
  "${RSYSLOGD:-/usr/sbin/rsyslogd}" -n -i NONE -f "$work/rsyslog.conf" > "$work/told" 2>&1 &
  shipper=$!
  # In the background, so that a signal is heard at once. It ends with rsyslog, or where a line that was sent has not arrived.
  awk -v "patience=${PATIENCE:-10}" -f "$here/watch.awk" "$work/told" &
  wait $! || say 'Elasticsearch has not taken all: the files are read again'
  kill -s KILL "$shipper" 2>/dev/null || true
  wait "$shipper" 2>/dev/null || true
  sleep 1
done

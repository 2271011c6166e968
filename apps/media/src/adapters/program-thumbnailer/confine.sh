# Runs a program on bytes of strangers: sh confine.sh <seconds of processor> <kibibytes of memory> <program> [argument …]
# It may write no file, and its whole group ends with whoever started it: then descriptor 4 comes to its end.
seconds=$1 kibibytes=$2
shift 2

# One that cannot be set is lower already, or unknown to the system.
limit() {
  ulimit "$@" 2>/dev/null || :
}

(
  trap '' XFSZ
  limit -c 0
  limit -f 0
  limit -v "$kibibytes"
  limit -S -t "$seconds"
  limit -H -t $((seconds + 2))
  exec "$@" 4<&-
) &
program=$!
(
  read -r _ <&4
  kill -KILL 0
) 3<&- >/dev/null 2>&1 &
watcher=$!

wait "$program"
status=$?
kill -KILL "$watcher"
exit "$status"

# Installs Debian's packages, one script at a time, and lets none of them start its service: sh install-packages.sh <package> …
# Where somebody has a policy of their own, it stays. Says something only when it fails: it goes on where nobody listens any more.
set -e
policy=/usr/sbin/policy-rc.d
ours=
log=$(mktemp)

finish() {
  status=$?
  if [ -n "$ours" ]; then rm -f "$policy"; fi
  if [ "$status" -ne 0 ]; then tail -n 20 "$log" >&2; fi
  rm -f "$log"
}
trap finish EXIT

install() {
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 --yes --no-install-recommends install "$@" >>"$log" 2>&1
}

exec 9>/run/lock/holdfast-packages
flock 9
if ! [ -e "$policy" ]; then
  ours=true
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
if ! install "$@"; then
  apt-get update >>"$log" 2>&1
  install "$@"
fi

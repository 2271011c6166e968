#!/bin/sh
# Installs what a machine of a CI provider lacks for .ci/steps.yaml, of Debian's packages, and then the locked packages; make fetches Node itself.
# It changes nothing where all is there.
set -eu
cd "$(dirname "$0")/.."

lacking=''
need() { # <program> <package>
  command -v "$1" >/dev/null || lacking="$lacking $2"
}
need git git
need make make
need npm npm
need curl curl
need shellcheck shellcheck
need docker docker-cli
docker compose version >/dev/null 2>&1 || lacking="$lacking docker-compose"
docker buildx version >/dev/null 2>&1 || lacking="$lacking docker-buildx"

if [ -n "$lacking" ]; then
  echo "This machine gets$lacking" >&2
  as_root=''
  [ "$(id -u)" -eq 0 ] || as_root=sudo
  $as_root apt-get update -qq
  # One word for each package.
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $lacking
fi

# shellcheck source=tools/environment.sh
. tools/environment.sh
echo "git $(git --version | cut -d ' ' -f 3), node $(node --version), npm $(npm --version), engine $(docker version --format '{{.Server.Version}}')"

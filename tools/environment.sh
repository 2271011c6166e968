# Sourced from the root of the repository, by make and by .ci/run: puts Node 24 or later first in PATH (for npm too) and the locked
# packages into node_modules. Installs only what is missing or older than its lockfile; two at once wait for one another.

node_is_new_enough() {
  case "$(node --version 2>/dev/null)" in
  v2[4-9].* | v[3-9][0-9].*) return 0 ;;
  *) return 1 ;;
  esac
}

# npm writes the hidden lockfile last, so an install that was cut off leaves none. Each sh that make may find knows -nt.
# shellcheck disable=SC3013
is_installed() { # <directory> <lockfile>
  [ -e "$1/node_modules/.package-lock.json" ] && ! [ "$2" -nt "$1/node_modules/.package-lock.json" ]
}

# macOS has no flock: there, let the first install end before a second make starts.
alone() {
  mkdir -p .node
  (
    if command -v flock >/dev/null; then flock 9; fi
    "$@"
  ) 9>.node/lock
}

install_node() {
  is_installed .node tools/node/package-lock.json && return
  echo "This machine has $(node --version 2>/dev/null || echo 'no Node'); Node 24 or later goes into .node/ (once)" >&2
  cp tools/node/package.json tools/node/package-lock.json .node/
  npm ci --prefix .node --no-audit --no-fund --loglevel=error >&2
}

install_packages() {
  is_installed . package-lock.json && return
  echo 'The locked packages go into node_modules/ (once)' >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
}

if ! node_is_new_enough; then
  is_installed .node tools/node/package-lock.json || alone install_node || exit 1
  PATH="$PWD/.node/node_modules/.bin:$PATH"
  export PATH
  if ! node_is_new_enough; then
    echo "Node 24 or later is needed, and none is packaged for $(uname -sm): please install it" >&2
    exit 1
  fi
fi
is_installed . package-lock.json || alone install_packages || exit 1

# What one process has compiled the next one reads: each starts with a third less of the processor.
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$PWD/node_modules/.cache/compile}"

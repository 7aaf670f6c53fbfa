#!/usr/bin/env bash
# The Redis of the tests: Debian's redis-server, or the one that HOLDFAST_REDIS_URL names. Installs it where it is missing and apt can.
set -euo pipefail

if command -v redis-server >/dev/null; then exit 0; fi
if ! command -v apt-get >/dev/null; then
  echo "The server's tests need Redis as the command \`redis-server\`: install it with this system's package manager." >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
"${as_root[@]}" apt-get update -qq
# Debian starts it as a service at once; a test starts its own.
"${as_root[@]}" apt-get install -y -qq --no-install-recommends redis-server >/dev/null
command -v redis-server >/dev/null

#!/usr/bin/env bash
# What the native lane of the simulator is built with: a C compiler and SQLite's headers. Installs them where they are missing and apt can.
set -euo pipefail

has_toolchain() {
  command -v cc >/dev/null && echo '#include <sqlite3ext.h>' | cc -E -x c - >/dev/null 2>&1
}

if has_toolchain; then exit 0; fi
if ! command -v apt-get >/dev/null; then
  echo "The simulator's native lane needs a C compiler and sqlite3ext.h: install them with this system's package manager." >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends gcc libc6-dev libsqlite3-dev
has_toolchain

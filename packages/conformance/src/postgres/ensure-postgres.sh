#!/usr/bin/env bash
# PostgreSQL for the tests of the shared store and of the cluster: a server by URL, a local installation, or Debian's package where apt can.
set -euo pipefail

if [ -n "${HOLDFAST_POSTGRES_URL:-}" ]; then exit 0; fi
if ls /usr/lib/postgresql/*/bin/pg_basebackup >/dev/null 2>&1 || command -v pg_basebackup >/dev/null; then exit 0; fi
if ! command -v apt-get >/dev/null; then
  echo "The tests need PostgreSQL: install it with this system's package manager, or set HOLDFAST_POSTGRES_URL." >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
# Debian would start a server of its own beside the tests' ones.
"${as_root[@]}" mkdir -p /etc/postgresql-common
echo "create_main_cluster = false" | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null
ls /usr/lib/postgresql/*/bin/pg_basebackup >/dev/null

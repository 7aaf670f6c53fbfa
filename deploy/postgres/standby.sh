#!/bin/bash
# A standby of $PRIMARY_HOST. An empty volume begins with a base backup; one that is not goes on where it was, promoted or not.
set -euo pipefail
data="${PGDATA:-/var/lib/postgresql/data}"
if [ ! -s "$data/PG_VERSION" ]; then
  chown postgres:postgres "$data"
  chmod 700 "$data"
  until PGPASSWORD="$POSTGRES_PASSWORD" gosu postgres pg_basebackup -h "$PRIMARY_HOST" -U "$POSTGRES_USER" -D "$data" -X stream -c fast; do
    sleep 1
  done
  # Promoted, it has no standby yet, and would wait for one at every commit: it is named again when the next one follows.
  gosu postgres sed -i '/synchronous_standby_names/d' "$data/postgresql.auto.conf"
  gosu postgres touch "$data/standby.signal"
fi
exec gosu postgres postgres -D "$data" \
  -c config_file=/etc/holdfast/node.conf -c hba_file=/etc/holdfast/pg_hba.conf \
  -c "primary_conninfo=host=$PRIMARY_HOST user=$POSTGRES_USER password=$POSTGRES_PASSWORD application_name=standby"

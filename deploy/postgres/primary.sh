#!/bin/bash
# Once, when the primary's cluster is made, before it serves. From its next start a commit waits for the standby.
set -euo pipefail
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<-'SQL'
	CREATE ROLE holdfast_check LOGIN;
	ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (standby)';
SQL

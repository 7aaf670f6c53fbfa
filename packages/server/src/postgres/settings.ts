/** What every connection runs with: set when it is opened, read back, and refused if durability does not rest on it (trap 22). */
import { HoldfastError } from "@holdfast/core/engine";

export interface TimeLimits {
  readonly statementMsMax: number;
  readonly lockMsMax: number;
  /** An open transaction whose instance has gone silent ends by itself, and its locks with it. */
  readonly idleInTransactionMsMax: number;
}

/**
 * Only point look-ups by key are asked for: whatever the statistics of a young table say, an index is right. What a server does not know of
 * these is left out.
 */
export function sessionSettings(limits: TimeLimits): readonly (readonly [string, string])[] {
  return [
    ["synchronous_commit", "on"],
    // One statement sees one moment, and a row that was locked is looked at anew: what `commit-statement.ts` rests on.
    ["default_transaction_isolation", "read committed"],
    ["default_transaction_read_only", "off"],
    ["default_transaction_deferrable", "off"],
    ["statement_timeout", `${limits.statementMsMax}`],
    ["lock_timeout", `${limits.lockMsMax}`],
    ["idle_in_transaction_session_timeout", `${limits.idleInTransactionMsMax}`],
    ["bytea_output", "hex"],
    ["jit", "off"],
    ["plan_cache_mode", "force_generic_plan"],
    ["enable_seqscan", "off"],
    ["enable_mergejoin", "off"],
    ["application_name", "holdfast"],
  ];
}

/** A server that waits for the standby's own disk stays as it is. */
export const applySettings = `SELECT set_config(w.name, CASE WHEN s.name = 'synchronous_commit' AND s.setting = 'remote_apply' THEN s.setting ELSE w.value END, false)
  FROM unnest($1::text[], $2::text[]) AS w(name, value) JOIN pg_settings s ON s.name = w.name
  UNION ALL SELECT set_config('holdfast.writer', 'engine', false)`;

export const readSettings = `SELECT current_setting('synchronous_commit') AS synchronous_commit, current_setting('fsync', true) AS fsync,
  current_setting('full_page_writes', true) AS full_page_writes, current_setting('default_transaction_isolation') AS isolation,
  current_setting('server_encoding') AS encoding, current_setting('server_version_num') AS version, pg_is_in_recovery()::text AS standby`;

export interface FoundSettings {
  readonly synchronous_commit: string;
  readonly fsync: string | null;
  readonly full_page_writes: string | null;
  readonly isolation: string;
  readonly encoding: string;
  readonly version: string;
  readonly standby: string;
}

const versionMin = 140_000;

/** Throws `store-unsafe`, or a fault that passes where the server is a standby just now. */
export function checkSettings(found: FoundSettings): void {
  const unsafe = (happened: string, advice: string): never => {
    throw new HoldfastError("store-unsafe", happened, { origin: "disk", retry: false, advice });
  };
  if (found.standby === "true")
    throw new HoldfastError("store-failed", "PostgreSQL: this server is a standby.", {
      origin: "disk",
      retry: true,
      advice: "Point the URL at the primary; it is tried again.",
    });
  if (!isDurable(found.synchronous_commit))
    unsafe(`PostgreSQL runs with synchronous_commit=${found.synchronous_commit}.`, "Let the role's setting be on or remote_apply.");
  for (const name of ["fsync", "full_page_writes"] as const)
    if (found[name] !== null && found[name] !== "on") unsafe(`PostgreSQL runs with ${name}=${found[name]}.`, `Set ${name} = on.`);
  if (found.isolation !== "read committed") unsafe(`PostgreSQL runs with ${found.isolation} isolation.`, "Let the session set its own.");
  if (found.encoding !== "UTF8") unsafe(`The database's encoding is ${found.encoding}.`, "Create the database with ENCODING 'UTF8'.");
  if (Number(found.version) < versionMin) unsafe(`PostgreSQL is of version ${found.version}.`, "Run version 14 or newer.");
}

/** Of `synchronous_commit`: what is told as done is on disk, and on a standby's that commits wait for. */
export function isDurable(synchronous: string | null | undefined): boolean {
  return synchronous === "on" || synchronous === "remote_apply";
}

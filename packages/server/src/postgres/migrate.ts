/**
 * Brings the schema to this version: under an advisory lock, step by step, each in one transaction, so that whatever ends it, the next
 * start goes on.
 */
import { HoldfastError } from "@holdfast/core/engine";
import type { Held } from "./connections.ts";
import { guardsOf, migrationsOf, type TableOptions } from "./tables.ts";

/** "holdfast" as a number; with the schema's name it makes the lock's key. */
const lockClass = 1_214_606_438;

export interface MigrationOptions extends TableOptions {
  readonly guard: boolean;
}

/** `epoch` names the history if the store is new. */
export async function migrate(connection: Held, options: MigrationOptions, epoch: string): Promise<void> {
  const { schema } = options;
  const run = (text: string, ...values: readonly unknown[]) => connection.run({ text, values });
  // Waits for whoever migrates: longer than any statement may last otherwise.
  await run("SELECT set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false)");
  await run("SELECT pg_advisory_lock($1, hashtext($2))", lockClass, schema);
  const steps = migrationsOf(options);
  if ((await run("SELECT 1 FROM pg_namespace WHERE quote_ident(nspname) = $1", schema)).length === 0) await run(`CREATE SCHEMA ${schema}`);
  await run(
    `CREATE TABLE IF NOT EXISTS ${schema}.migrations (version int PRIMARY KEY, partitions int NOT NULL, done_at timestamptz NOT NULL DEFAULT now())`,
  );
  const [found] = await run(`SELECT max(version), min(partitions) FROM ${schema}.migrations`);
  const version = Number(found?.[0] ?? 0);
  if (version > steps.length)
    throw new HoldfastError("store-mismatch", `The store's tables have version ${version}, and this server knows ${steps.length}.`, {
      origin: "disk",
      retry: false,
      advice: "Run the newer server that wrote it.",
    });
  // How many pieces there are was settled when the tables were made.
  const partitions = Number(found?.[1] ?? options.partitions);
  for (const [i, step] of migrationsOf({ schema, partitions }).entries()) {
    if (i < version) continue;
    await inTransaction(connection, [...step, `INSERT INTO ${schema}.migrations (version, partitions) VALUES (${i + 1}, ${partitions})`]);
  }
  if (options.guard) await ensureGuards(connection, schema, guardsOf({ schema, partitions }));
  if ((await run(`SELECT 1 FROM ${schema}.meta`)).length === 0)
    await run(`INSERT INTO ${schema}.meta (id, epoch, epochs) VALUES (1, $1, 1) ON CONFLICT (id) DO NOTHING`, epoch);
  await run("SELECT pg_advisory_unlock($1, hashtext($2))", lockClass, schema);
}

/** Only what is missing: to make a trigger anew locks its table. */
async function ensureGuards(connection: Held, schema: string, guards: readonly string[]): Promise<void> {
  const [there] = await connection.run({
    text: `SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE quote_ident(n.nspname) = $1 AND t.tgname = 'foreign_write' AND t.tgenabled <> 'D'`,
    values: [schema],
  });
  if (Number(there?.[0]) !== guards.length - 1) await inTransaction(connection, guards);
}

async function inTransaction(connection: Held, statements: readonly string[]): Promise<void> {
  for (const text of ["BEGIN", ...statements, "COMMIT"]) await connection.run({ text });
}

/** The C disk model's SQL functions (packages/simulator/native/control.c), as calls. */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { buildExtension } from "./build-extension.ts";

/** Their names and numbers of arguments. */
const calls = {
  create: 1,
  copy: 2,
  release: 1,
  faults: 3,
  full: 2,
  settle: 1,
  lose_power: 2,
  boot: 1,
  plan_death: 4,
  plan_errors: 2,
  kill: 1,
  alive: 1,
  operations: 1,
  exists: 2,
  sync_directory: 1,
  lost: 2,
  open_files: 0,
  reseed: 1,
} as const;

export type DiskCall = (name: keyof typeof calls, ...parameters: readonly (string | number)[]) => number;

let call: DiskCall | undefined;

/** Builds the extension if need be, and loads it: once a process, because SQLite keeps it loaded. Throws `ExtensionNotBuilt`. */
export function loadDiskCalls(): DiskCall {
  if (call !== undefined) return call;
  const connection = new DatabaseSync(":memory:", { allowExtension: true });
  connection.loadExtension(buildExtension());
  const statements = new Map<string, StatementSync>();
  for (const [name, count] of Object.entries(calls))
    statements.set(name, connection.prepare(`SELECT disk_${name}(${Array.from({ length: count }, () => "?").join()}) AS answer`));
  call = (name, ...parameters) => {
    const answer = (statements.get(name) as StatementSync).get(...parameters)?.["answer"];
    return typeof answer === "number" ? answer : 0;
  };
  return call;
}

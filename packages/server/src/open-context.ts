/** From an app's options to what the decisions of an instance look at. */
import {
  type AnySchema,
  callerError,
  DecodeMemo,
  epochLamportStep,
  lamportLostMax,
  HoldfastError,
  isReplicaId,
  kindCodes,
  latticesOf,
  type Runtime,
  toSchemaSpec,
  type WireKey,
  wireLimits,
} from "@holdfast/core/engine";
import type { LogEntry, Principal, RestoredPolicy, ServerOptions } from "./options.ts";
import type { AnyArbiter, DecisionContext } from "./pipeline/context.ts";
import { createPatience } from "./pipeline/patience.ts";

/** A store finds crowded records by the first byte of a state's number of entries. */
const vectorEntriesRange = 127;
const restoredPolicies: ReadonlySet<string> = new Set<RestoredPolicy>(["accept", "quarantine", "refuse"]);

export function checkOptions<S extends AnySchema, P extends Principal>(options: ServerOptions<S, P>): void {
  const fail = (happened: string, advice: string): never => {
    throw callerError("invalid-option", happened, advice);
  };
  if (typeof options?.authenticate !== "function")
    fail("createServer has no authenticate.", "Pass authenticate: async (token) => principal or null.");
  if (typeof options.authorize?.space !== "function")
    fail("createServer has no authorize.space.", 'Pass authorize: { space: (principal, space) => "write" }.');
  if (options.store === undefined) fail("createServer has no store.", 'Pass store: sqliteStore("sync.db").');
  if (!restoredPolicies.has(options.restored ?? "accept"))
    fail(`restored is "${String(options.restored)}".`, 'Pass restored: "accept", "quarantine" or "refuse".');
  const entries = options.limits?.vectorEntriesMax ?? 1;
  if (!Number.isInteger(entries) || entries < 1 || entries > vectorEntriesRange)
    fail(`The limit vectorEntriesMax is ${entries}.`, `Pass a whole number from 1 to ${vectorEntriesRange}.`);
  const intents = toSchemaSpec(options.schema).intents;
  const arbiters: Readonly<Record<string, unknown>> = options.arbiters ?? {};
  for (const name of intents.keys())
    if (typeof arbiters[name] !== "function")
      fail(`The intent "${name}" has no arbiter.`, `Pass arbiters: { ${name}: async (tx, input, principal) => … }.`);
  for (const name of Object.keys(arbiters))
    if (!intents.has(name)) fail(`The arbiter "${name}" has no intent in the schema.`, "Declare it, or take the arbiter away.");
}

export async function openContext<S extends AnySchema, P extends Principal>(
  options: ServerOptions<S, P>,
  limits: DecisionContext["limits"],
  runtime: Runtime,
  log: (entry: LogEntry) => void,
): Promise<DecisionContext> {
  const { store } = options;
  const meta = await store.meta();
  if (!isReplicaId(meta.epoch))
    throw new HoldfastError("store-mismatch", "The store's epoch is no replica id.", {
      origin: "disk",
      retry: false,
      advice: "Restore the store.",
    });
  // r0's own id is nobody's: a client that claims it is told that it is taken (trap 7).
  await store.bindReplica(meta.epoch, "");
  const schema = toSchemaSpec(options.schema);
  const random = runtime.randomBytes(7);
  const textSession = random.reduce((sum, byte) => (sum * 256 + byte) % 2 ** 53, 0);
  return {
    rules: { schema, lattices: latticesOf(schema) },
    authorize: options.authorize as DecisionContext["authorize"],
    arbiters: new Map(Object.entries((options.arbiters ?? {}) as Readonly<Record<string, AnyArbiter>>)),
    epoch: meta.epoch,
    restored: meta.epochs > 1,
    restoredPolicy: options.restored ?? "accept",
    patience: createPatience(runtime, limits.restoredHoldMsMax),
    lamportMin: epochLamportStep * (meta.epochs - 1),
    lamportLost: lamportLostMax(meta),
    headsOf: async (spaces) => new Map((await store.readSpaces(spaces)).map((row) => [row.space, row.head])),
    ownerOf: (replica, principal) => store.bindReplica(replica, principal),
    runtime,
    limits,
    textSession,
    log,
    states: new DecodeMemo(),
    transactions: new DecodeMemo(),
  };
}

/** What a welcome spells out once, so that batches need not: as many as fit. */
export function keysOf(context: DecisionContext): readonly WireKey[] {
  const keys: WireKey[] = [];
  for (const [collection, { fields }] of context.rules.schema.collections) {
    keys.push({ collection, field: "", kind: kindCodes.presence });
    for (const [field, { kind }] of fields) keys.push({ collection, field, kind: kindCodes[kind] });
  }
  return keys.slice(0, wireLimits.keysPerWelcomeMax);
}

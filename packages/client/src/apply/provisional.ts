/**
 * What the device shows until r0 has decided: the provisional effects of undecided intents, run in order over the solid state
 * whenever that changes. They are never logged, never sent, and no write's causal context ever names them.
 */
import { bytesToValue, planOperations, type ReplicaId, type SpaceId, TransactionBuilder, type Value } from "@holdfast/core/engine";
import type { ReplicaContext } from "../context.ts";
import type { Staging } from "../write/staging.ts";

export interface ProvisionalIntent {
  readonly name: string;
  readonly input: Value;
}

/** No replica's: what it writes stays in the overlay. */
const overlayReplica = "f".repeat(32) as ReplicaId;
/** Above everything pending, so that the provisional value is the one shown. */
const overlayLamport = 2 ** 51;

/** `fresh`: intents of this very batch, not in the table yet. `without`: counters that have just been decided. */
export async function rerunProvisional(
  context: ReplicaContext,
  staging: Staging,
  space: SpaceId,
  fresh: readonly ProvisionalIntent[],
  without: ReadonlySet<number> = new Set(),
): Promise<void> {
  clearOverlays(context, staging, space);
  let counter = 0;
  for (const intent of [...readUndecided(context, space, without), ...fresh]) {
    const builder = new TransactionBuilder({
      schema: context.schema,
      mintRecordId: () => context.mintRecordId(),
      read: (collection, record) => staging.get(space, collection, record).visible,
      arbitrated: "allowed",
    });
    try {
      const provisional = context.schema.intents.get(intent.name)?.provisional;
      if (provisional === undefined) continue;
      await provisional(builder.tx as never, intent.input as never);
      const planned = planOperations({
        schema: context.schema,
        lattices: context.store.lattices,
        mutations: builder.close(),
        read: (collection, record) => staging.get(space, collection, record).visible,
        replica: overlayReplica,
        counter: counter + 1,
        lamport: overlayLamport + counter,
        textSession: context.textSession,
        arbitrated: "allowed",
      });
      counter += planned.operations.length;
      for (const { collection, id, after } of planned.records) staging.showProvisionally(staging.get(space, collection, id), after);
    } catch (error) {
      builder.close();
      // It shows nothing: the app's provisional effect does not fit the state any more. r0 decides all the same.
      context.report(error);
    }
  }
}

function clearOverlays(context: ReplicaContext, staging: Staging, space: SpaceId): void {
  for (const row of context.port.all("SELECT collection, id FROM _overlay WHERE space = ?", [space]))
    staging.settleOverlay(staging.get(space, row["collection"] as string, row["id"] as string));
  for (const record of staging.staged(space)) staging.settleOverlay(record);
}

function readUndecided(context: ReplicaContext, space: SpaceId, without: ReadonlySet<number>): readonly ProvisionalIntent[] {
  const intents: ProvisionalIntent[] = [];
  for (const row of context.port.all("SELECT counter, name, input FROM _intents WHERE space = ? ORDER BY counter", [space])) {
    const input = bytesToValue(row["input"] as Uint8Array);
    if (input.ok && !without.has(row["counter"] as number)) intents.push({ name: row["name"] as string, input: input.value });
  }
  return intents;
}

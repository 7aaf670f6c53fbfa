/**
 * What the shells (client, server, simulator, conformance) build on: the engine's modules.
 * Apps import `@holdfast/core`; nothing here is promised to them.
 *
 * In the order in which a bundle packs best: gzip looks back 32 kB, so that what is alike stands together (`npm run size`, 0.5 kB).
 */
export * from "./base/bytes.ts";
export * from "./sync/join-dependencies.ts";
export * from "./sync/cursor.ts";
export * from "./base/utf8.ts";
export * from "./lattice/record-codec.ts";
export * from "./sync/server-store.ts";
export * from "./wire/clamp-wall-ms.ts";
export * from "./causality/compare.ts";
export * from "./lattice/record.ts";
export * from "./causality/version-vector.ts";
export * from "./ports/ports.ts";
export * from "./schema/lattices-of.ts";
export * from "./wire/messages.ts";
export * from "./base/error.ts";
export * from "./lattice/record-state.ts";
export * from "./schema/define-schema.ts";
export * from "./sync/admission.ts";
export * from "./operation/rename-record.ts";
export * from "./lattice/digest.ts";
export * from "./wire/frames.ts";
export * from "./lattice/change.ts";
export * from "./lattice/replica-table.ts";
export * from "./wire/wire-session.ts";
export * from "./operation/plan-operations.ts";
export * from "./lattice/fold.ts";
export * from "./base/assert.ts";
export * from "./operation/operation.ts";
export * from "./sync/cycle-space.ts";
export * from "./lattice/text.ts";
export * from "./resilience/circuit-breaker.ts";
export * from "./schema/view-row.ts";
export * from "./sync/cycle-defaults.ts";
export * from "./lattice/text-clocks.ts";
export * from "./operation/renamed-adds.ts";
export * from "./causality/causal-context.ts";
export * from "./wire/protocol.ts";
export * from "./lattice/text-update.ts";
export * from "./lattice/text-doc.ts";
export * from "./operation/imprint.ts";
export * from "./lattice/list.ts";
export * from "./lattice/arbitrated.ts";
export * from "./causality/replica-id.ts";
export * from "./operation/typed-transaction.ts";
export * from "./operation/transaction-builder.ts";
export * from "./sync/cycle.ts";
export * from "./operation/former.ts";
export * from "./base/decode-memo.ts";
export * from "./causality/reorder-buffer.ts";
export { elementToKey } from "./lattice/list-state.ts";
export * from "./lattice/record-view.ts";
export * from "./sync/admission-operation.ts";
export * from "./lattice/list-delta.ts";
export * from "./operation/mutation.ts";
// A client takes the few that it needs one by one: who names the namespace across packages has all of it in the bundle.
export {
  bodyBytesMax,
  dependenciesPerTransactionMax,
  inflatedBytesMax,
  messageBytesMax,
  presenceBytesMax,
  spaceIdBytesMax,
} from "./wire/wire-limits.ts";
export * from "./causality/lamport.ts";
export * from "./schema/schema.ts";
export * from "./sync/admission-outcome.ts";
export * from "./schema/names.ts";
export * from "./resilience/backoff.ts";
export * from "./wire/transaction-codec.ts";
export * from "./sync/bus.ts";
export * from "./wire/presence-codec.ts";
export * as wireLimits from "./wire/wire-limits.ts";
export * from "./lattice/lattice.ts";
export * from "./schema/declaration.ts";
export * from "./wire/codec.ts";
export * from "./base/thenable.ts";
export * from "./operation/restamp.ts";
export * from "./sync/step-cycle.ts";
export * from "./operation/successor.ts";
export * from "./lattice/text-compaction.ts";
export * from "./operation/counter-totals.ts";
export * from "./operation/limits.ts";
export * from "./causality/dot.ts";
export * from "./lattice/set.ts";
export * from "./lattice/counter.ts";
export * from "./lattice/register.ts";
export * from "./lattice/presence.ts";
export * from "./sync/create-cycle.ts";
export * from "./base/value.ts";
export * from "./operation/chain.ts";

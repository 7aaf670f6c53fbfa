/**
 * What the shells (client, server, simulator, conformance) build on: the engine's modules, by folder.
 * Apps import `@holdfast/core`; nothing here is promised to them.
 */
export * from "./base/assert.ts";
export * from "./base/bytes.ts";
export * from "./base/error.ts";
export * from "./base/utf8.ts";
export * from "./base/value.ts";
export * from "./causality/causal-context.ts";
export * from "./causality/compare.ts";
export * from "./causality/dot.ts";
export * from "./causality/lamport.ts";
export * from "./causality/reorder-buffer.ts";
export * from "./causality/replica-id.ts";
export * from "./causality/version-vector.ts";
export * from "./lattice/arbitrated.ts";
export * from "./lattice/change.ts";
export * from "./lattice/counter.ts";
export * from "./lattice/digest.ts";
export * from "./lattice/lattice.ts";
export * from "./lattice/presence.ts";
export * from "./lattice/record-codec.ts";
export * from "./lattice/record-state.ts";
export * from "./lattice/record-view.ts";
export * from "./lattice/record.ts";
export * from "./lattice/register.ts";
export * from "./lattice/replica-table.ts";
export * from "./lattice/set.ts";
export * from "./schema/schema.ts";
export * from "./operation/mutation.ts";
export * from "./operation/operation.ts";
export * from "./wire/messages.ts";
export * from "./wire/protocol.ts";
export * from "./resilience/backoff.ts";
export * from "./resilience/circuit-breaker.ts";
export * from "./sync/create-cycle.ts";
export * from "./sync/cursor.ts";
export * from "./sync/cycle.ts";
export * from "./sync/cycle-defaults.ts";
export * from "./sync/cycle-space.ts";
export * from "./sync/step-cycle.ts";
export * from "./ports/ports.ts";

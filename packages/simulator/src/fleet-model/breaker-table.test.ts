import { admitCall, breakerAtRest, breakerDefaults, type BreakerState, recordOutcome } from "@holdfast/core/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BreakerTable } from "./breaker-table.ts";

describe("packed breakers", () => {
  it("[SIM26] are core's, state for state, each client for itself", () => {
    const clients = 3;
    const event = fc.record({ client: fc.nat(clients - 1), afterMs: fc.nat(30_000) });
    const kinds = new Set<string>();
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80, size: "max" }), (events) => {
        const table = new BreakerTable(clients, breakerDefaults);
        const states = Array.from({ length: clients }, (): BreakerState => breakerAtRest);
        let nowMs = 0;
        for (const { client, afterMs } of events) {
          nowMs += afterMs;
          const admitted = admitCall(states[client] as BreakerState, nowMs);
          expect(table.admitMs(client, nowMs)).toBe(admitted.waitMs);
          states[client] = admitted.state;
          if (admitted.waitMs === 0) {
            states[client] = recordOutcome(admitted.state, true, nowMs, breakerDefaults);
            table.recordFailure(client, nowMs);
          }
          kinds.add(admitted.state.kind);
          expect(states.map((_, index) => table.read(index))).toEqual(states);
        }
      }),
      { seed: 20261123 },
    );
    expect(kinds).toEqual(new Set(["closed", "open", "half-open"]));
  });
});

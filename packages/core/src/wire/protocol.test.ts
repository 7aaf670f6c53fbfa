import { expect, test } from "vitest";
import { negotiate, type ProtocolOffer } from "./protocol.ts";

const offer = (protocolMin: number, protocol: number, capabilities: readonly string[] = []): ProtocolOffer => ({
  protocol,
  protocolMin,
  capabilities,
});

const table: readonly (readonly [client: ProtocolOffer, server: ProtocolOffer, expected: ReturnType<typeof negotiate>])[] = [
  [offer(1, 1), offer(1, 1), { ok: true, protocol: 1, capabilities: [] }],
  [offer(1, 3), offer(2, 2), { ok: true, protocol: 2, capabilities: [] }],
  [offer(2, 2), offer(1, 3), { ok: true, protocol: 2, capabilities: [] }],
  [offer(1, 1), offer(2, 3), { ok: false, code: "client-too-old", protocolMin: 2 }],
  [offer(3, 4), offer(1, 2), { ok: false, code: "server-too-old", protocolMin: 3 }],
  [offer(9, 0), offer(1, 2), { ok: false, code: "client-too-old", protocolMin: 1 }],
];

test("[WIRE15][F56] versions that do not meet say which side has to move, and how far", () => {
  for (const [client, server, expected] of table) expect(negotiate(client, server)).toEqual(expected);
});

test("[WIRE15][F56] one version more or less on either side is told apart", () => {
  expect(negotiate(offer(0, 0), offer(1, 1))).toMatchObject({ code: "client-too-old", protocolMin: 1 });
  expect(negotiate(offer(2, 2), offer(1, 1))).toMatchObject({ code: "server-too-old", protocolMin: 2 });
});

test("[WIRE16] a capability is used only when both sides have it", () => {
  expect(negotiate(offer(1, 1, ["zstd", "deflate"]), offer(1, 1, ["deflate", "other"]))).toEqual({
    ok: true,
    protocol: 1,
    capabilities: ["deflate"],
  });
  expect(negotiate(offer(1, 1, []))).toMatchObject({ ok: true, capabilities: [] });
});

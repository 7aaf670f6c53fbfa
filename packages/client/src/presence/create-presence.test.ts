import {
  type ConnectionEvents,
  decodeClientMessage,
  decodeClientPresence,
  encodeClientMessage,
  encodeServerMessage,
  encodeServerPresence,
  isClientPresence,
  type ReplicaId,
  type ServerPresence,
  type TransportPort,
  type Value,
  valueToBytes,
} from "@holdfast/core/engine";
import { describe, expect, it } from "vitest";
import { createPresence } from "./create-presence.ts";

const own = "00000000000000000000000000000001" as ReplicaId;
const other = "00000000000000000000000000000002" as ReplicaId;
const carry = (message: Uint8Array): Uint8Array => Uint8Array.of(0, ...message);

/** A transport whose far end is the test, and a replica above it that says hello when it is asked to. */
function open() {
  let nowMs = 0;
  const timers: { readonly atMs: number; readonly run: () => void }[] = [];
  const presence = createPresence({
    nowMs: () => nowMs,
    setTimer(delayMs, run) {
      const timer = { atMs: nowMs + delayMs, run };
      timers.push(timer);
      return () => void (timers.includes(timer) && timers.splice(timers.indexOf(timer), 1));
    },
  });
  const sent: Uint8Array[] = [];
  const above: Uint8Array[] = [];
  let far: ConnectionEvents | undefined;
  const transport: TransportPort = {
    connect(events) {
      far = events;
      return { send: (carried) => void sent.push(carried), close: () => {} };
    },
  };
  const wrapped = presence.over(transport);
  return {
    presence,
    sent,
    above,
    connect() {
      const connection = wrapped.connect({ opened: () => {}, message: (bytes) => void above.push(bytes), closed: () => {} });
      const hello = { protocol: 1, protocolMin: 1, token: "t", replica: own, principal: "", schemaVersion: 1, spaces: [] };
      connection.send(carry(encodeClientMessage({ type: "hello", capabilities: ["deflate"], ...hello })));
      return connection;
    },
    hear: (said: ServerPresence) => far?.message(carry(encodeServerPresence(said))),
    message: (bytes: Uint8Array) => far?.message(bytes),
    lose: () => far?.closed({ type: "closed", detail: "" }),
    advance(ms: number) {
      nowMs += ms;
      for (const timer of timers.splice(0))
        if (timer.atMs <= nowMs) timer.run();
        else timers.push(timer);
    },
    /** What was said of this device, in order. */
    said: () =>
      sent
        .map((carried) => carried.subarray(1))
        .filter(isClientPresence)
        .map((message) => {
          const decoded = decodeClientPresence(message);
          return decoded.ok ? decoded.value.value : decoded.fault;
        }),
  };
}

const whole = (...present: readonly (readonly [ReplicaId, Value])[]): ServerPresence => ({
  space: "s",
  whole: true,
  present: present.map(([replica, value]) => ({ replica, principal: "ann", value: valueToBytes(value) })),
});

describe("a device's presence", () => {
  it("[PRS5][WIRE16] a hello says the capability; every other message passes as it is, both ways", () => {
    const { connect, sent, above, message } = open();
    const connection = connect();
    const hello = decodeClientMessage((sent[0] as Uint8Array).subarray(1));
    expect(hello).toMatchObject({ ok: true, value: { type: "hello", replica: own, capabilities: ["deflate", "presence"] } });
    const ping = carry(encodeClientMessage({ type: "ping", nonce: 5 }));
    connection.send(ping);
    expect(sent[1]).toBe(ping);
    const pong = carry(encodeServerMessage({ type: "pong", nonce: 5 }));
    message(pong);
    expect(above).toEqual([pong]);
  });

  it("[PRS6] nothing is said to an r0 that has not shown that it knows presence, and then what is newest, not each", () => {
    const { presence, connect, hear, advance, said } = open();
    presence.show("s", { at: 1 });
    connect();
    advance(1_000);
    expect(said()).toEqual([]);
    hear(whole());
    advance(0);
    expect(said()).toEqual([valueToBytes({ at: 1 })]);
    for (let at = 2; at <= 50; at++) presence.show("s", { at });
    advance(49);
    expect(said()).toHaveLength(1);
    advance(1);
    presence.show("s", undefined);
    advance(50);
    expect(said()).toEqual([valueToBytes({ at: 1 }), valueToBytes({ at: 50 }), undefined]);
  });

  it("[PRS6] without a connection nobody is seen, and with the next it is said again what this device shows", () => {
    const { presence, connect, hear, lose, advance, said } = open();
    const seen: number[] = [];
    presence.subscribe("s", (others) => seen.push(others.length));
    presence.show("s", { at: 1 });
    connect();
    hear(whole([other, { at: 9 }]));
    advance(0);
    expect(presence.others("s")).toEqual([{ replica: other, user: "ann", value: { at: 9 } }]);
    lose();
    expect([presence.others("s"), seen]).toEqual([[], [1, 0]]);
    advance(1_000);
    connect();
    hear(whole());
    advance(0);
    expect(said()).toEqual([valueToBytes({ at: 1 }), valueToBytes({ at: 1 })]);
  });

  it("[PRS2] others come, change and go, and this device is none of them", () => {
    const { presence, connect, hear } = open();
    connect();
    hear(whole([own, 1], [other, 2]));
    expect(presence.others("s").map(({ value }) => value)).toEqual([2]);
    hear({ space: "s", whole: false, present: [{ replica: other, principal: "ann", value: valueToBytes(3) }] });
    expect(presence.others("s").map(({ value }) => value)).toEqual([3]);
    hear({ space: "s", whole: false, present: [{ replica: other, principal: "", value: undefined }] });
    expect(presence.others("s")).toEqual([]);
    hear({ space: "s", whole: false, present: [{ replica: other, principal: "ann", value: Uint8Array.of(255, 255) }] });
    expect(presence.others("s")).toEqual([]);
  });

  it("[PRS4] what is too large, or no value, is refused before anything is said", () => {
    const { presence } = open();
    expect(() => presence.show("s", "x".repeat(1_025))).toThrow(/cannot be shown/);
    expect(() => presence.show("s", (() => 1) as unknown as Value)).toThrow(/cannot be shown/);
  });
});

import fc from "fast-check";
import { expect, it } from "vitest";
import { tabProtocol } from "./messages.ts";
import { readOwnerEnvelope, readRollCall, readTabEnvelope } from "./read-messages.ts";

const detach = { type: "detach" };
const envelope = (messages: unknown, more: object = {}) => ({ protocol: tabProtocol, term: "t", messages, ...more });

it("[TAB10] anything at all is read without a throw, and only what has the shape of a message is one", () => {
  fc.assert(
    fc.property(fc.anything(), (data) => {
      for (const read of [readTabEnvelope, readOwnerEnvelope]) expect(read(data, 10)?.messages ?? []).toEqual([]);
      readRollCall(data);
      for (const message of readTabEnvelope(envelope([data, detach]), 10)?.messages ?? []) expect(message).toBe(detach);
    }),
  );
});

it("[TAB10] another version, a missing field and a type of every object's prototype are left out", () => {
  expect(readTabEnvelope(envelope([detach]), 10)).toEqual(envelope([detach]));
  expect(readTabEnvelope(envelope([detach], { protocol: tabProtocol + 1 }), 10)).toBeUndefined();
  expect(readTabEnvelope(envelope([detach], { term: 1 }), 10)).toBeUndefined();
  expect(
    readTabEnvelope(envelope([{ type: "taken" }, { type: "toString" }, { type: "taken", feed: 1.5 }, { type: "taken", feed: 1 }]), 10),
  ).toEqual(envelope([{ type: "taken", feed: 1 }]));
  expect(readRollCall({ type: "seek", tab: "x" })).toEqual({ type: "seek", tab: "x" });
  expect(readRollCall({ type: "seek" })).toBeUndefined();
});

it("[TAB12] a post of more messages than agreed is none", () => {
  expect(readTabEnvelope(envelope([detach, detach, detach]), 2)).toBeUndefined();
});

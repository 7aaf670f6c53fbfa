import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { protocolVersion, wireSchemaHash } from "./protocol.ts";
import { decodeSample, recordingsOf } from "./reference/recordings.ts";
import { messageSamples, transactionSamples } from "./reference/samples.ts";
import { decodeTransaction } from "./transaction-codec.ts";
import { createWireSession } from "./wire-session.ts";

const recorded = (version: number, name: string): Uint8Array =>
  readFileSync(new URL(`./recorded/v${version}/${name}.bin`, import.meta.url));

for (let version = 1; version <= protocolVersion; version++) {
  test(`[WIRE13] the recorded messages of version ${version} still mean what they meant`, () => {
    const session = createWireSession();
    for (const sample of messageSamples) {
      expect(decodeSample(sample, recorded(version, `alone-${sample.name}`)), sample.name).toEqual({ ok: true, value: sample.message });
      expect(decodeSample(sample, recorded(version, `session-${sample.name}`), session), sample.name).toEqual({
        ok: true,
        value: sample.message,
      });
    }
  });

  test(`[WIRE13] the recorded transactions of version ${version} still mean what they meant`, () => {
    for (const [name, transaction] of transactionSamples) {
      expect(decodeTransaction(recorded(version, `transaction-${name}`)), name).toEqual({ ok: true, value: transaction });
    }
  });
}

test("[WIRE13][WIRE2] what this version writes is what is recorded of it: a change of bytes breaks chains in the field", () => {
  const recordings = recordingsOf();
  for (const [name, bytes] of recordings) expect(new Uint8Array(recorded(protocolVersion, name)), name).toEqual(bytes);
  const files = readdirSync(new URL(`./recorded/v${protocolVersion}/`, import.meta.url))
    .filter((file) => file.endsWith(".bin"))
    .map((file) => file.replace(/\.bin$/, ""));
  expect(files.sort()).toEqual([...recordings.keys()].sort());
});

test("[WIRE14] the contract is the one that belongs to this protocol version", () => {
  const contract = readFileSync(new URL("./wire.proto", import.meta.url));
  expect(createHash("sha256").update(contract).digest("hex")).toBe(wireSchemaHash);
});

test("[WIRE14] the contract has not taken back a field, a number or a type of the one that was recorded", () => {
  // Every line that gives a field its number still stands, whatever was added.
  const fieldsOf = (contract: string): readonly string[] => {
    let message = "";
    return contract.split("\n").flatMap((line) => {
      message = /^(?:message|enum) (\w+)/.exec(line)?.[1] ?? message;
      const field = /^ +([\w ]+ = \d+);/.exec(line)?.[1];
      return field === undefined ? [] : [`${message}: ${field}`];
    });
  };
  const now = new Set(fieldsOf(readFileSync(new URL("./wire.proto", import.meta.url), "utf8")));
  for (let version = 1; version <= protocolVersion; version++) {
    const then = fieldsOf(readFileSync(new URL(`./recorded/v${version}/wire.proto`, import.meta.url), "utf8"));
    expect(then.length).toBeGreaterThan(100);
    expect(then.filter((field) => !now.has(field))).toEqual([]);
  }
});

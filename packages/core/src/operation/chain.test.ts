import { expect, test } from "vitest";
import { bytesToHex } from "../base/bytes.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import { chainBytes, initialChain, nextChain } from "./chain.ts";

const replica = "000102030405060708090a0b0c0d0e0f" as ReplicaId;
const other = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff" as ReplicaId;

test("[CHAIN1] the chain begins with the space and the replica, and is the same at every party and version", () => {
  const start = initialChain("user:42", replica);
  expect(start.length).toBe(chainBytes);
  expect(bytesToHex(start)).toBe("8bc08854b63de269");
  expect(initialChain("user:42", other)).not.toEqual(start);
  expect(initialChain("user:43", replica)).not.toEqual(start);
});

test("[CHAIN2][T4][T21][T24] histories that part in one transaction never have one chain again", () => {
  const start = initialChain("user:42", replica);
  const [a, b, c] = [new Uint8Array([1]), new Uint8Array([2]), new Uint8Array([3])];
  const one = [a, b, c].reduce<Uint8Array>(nextChain, start);
  const two = [b, b, c].reduce<Uint8Array>(nextChain, start);
  const swapped = [b, a, c].reduce<Uint8Array>(nextChain, start);
  expect(new Set([one, two, swapped].map(bytesToHex)).size).toBe(3);
  expect([a, b, c].reduce<Uint8Array>(nextChain, start)).toEqual(one);
  expect(bytesToHex(one)).toBe("d6773051da437f7b");
});

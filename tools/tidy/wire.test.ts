import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { readText } from "./repository.ts";

describe("the wire's schema", () => {
  it("[TIDY3] has the hash that is recorded beside the protocol version: a change of it is a decision about the version", () => {
    const hash = createHash("sha256").update(readText("packages/core/src/wire/wire.proto")).digest("hex");
    const protocol = readText("packages/core/src/wire/protocol.ts");
    expect(protocol).toMatch(/protocolVersion = \d+;/);
    expect([...protocol.matchAll(/"([0-9a-f]{64})"/g)].map((match) => match[1])).toEqual([hash]);
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { toSchemaSpec, type Runtime, type SqlitePort } from "@holdfast/core/engine";
import { openNodeSqlite } from "../../node/sqlite.ts";
import { nodeRuntime } from "../../node/runtime.ts";
import { eventually, schema, space } from "../../testing/bed.ts";
import { ownerTurnMsMax, tabDefaults } from "../limits.ts";
import { type Envelope, type OwnerMessage, type TabMessage, tabProtocol } from "../protocol/messages.ts";
import { Owner } from "./owner.ts";

const tab = "page";
/** As a commit is in a browser: longer than the turn, and much shorter than a turn of work elsewhere. */
const commitMs = 2 * ownerTurnMsMax;
const many = 40;

/** A browser's: each message is an event of its own, in the order in which they were sent. Node takes up to a thousand of one port in one. */
class FairChannel {
  readonly #port = new EventTarget();
  readonly port1 = Object.assign(this.#port, { start: () => undefined });
  readonly port2 = { postMessage: () => void setImmediate(() => this.#port.dispatchEvent(new Event("message"))) };
}

let owner: Owner<typeof schema>;
let directory: string;
/** In this order, each by its number. */
let answered: number[];
/** Spent in commits; the clock stands otherwise. */
let spentMs = 0;

beforeEach(async () => {
  vi.stubGlobal("MessageChannel", FairChannel);
  answered = [];
  spentMs = 0;
  directory = mkdtempSync(join(tmpdir(), "owner-"));
  const database = openNodeSqlite(join(directory, "notes.db"));
  const port: SqlitePort = {
    ...database,
    transaction(body) {
      spentMs += commitMs;
      return database.transaction(body);
    },
  };
  const runtime: Runtime = { ...nodeRuntime, nowMs: () => spentMs };
  owner = new Owner({
    schema,
    store: "notes",
    runtime,
    storage: { ephemeral: undefined, open: () => port, release: () => undefined },
    // One write a commit, so that there are many of them.
    options: { server: undefined, user: undefined, limits: { writesPerCommitMax: 1 }, sync: undefined, tabLimits: undefined },
    limits: tabDefaults,
    ownTab: tab,
    postToPage(message) {
      for (const each of (message as Partial<Envelope<OwnerMessage>>).messages ?? []) {
        if (each.type === "reply") answered.push(each.number);
        else if (each.type === "attached") answered.push(0);
      }
    },
    outdated: () => undefined,
    ended: () => undefined,
  });
  await owner.open();
  const { hash: schemaHash, version: schemaVersion } = toSchemaSpec(schema);
  say([{ type: "attach", tab, protocol: tabProtocol, schemaHash, schemaVersion, spaces: [space], background: false }]);
  await eventually("it is attached", () => answered.length === 1);
  answered = [];
});
afterEach(async () => {
  await owner.close();
  vi.unstubAllGlobals();
  rmSync(directory, { recursive: true });
});

function say(messages: readonly TabMessage[]): void {
  owner.receive(tab, { protocol: tabProtocol, term: owner.term, messages });
}

const write = (number: number): TabMessage => ({
  type: "call",
  number,
  answeredBelow: 0,
  since: 0,
  call: {
    type: "write",
    space,
    mutations: [{ type: "create", collection: "notes", record: `n${number}`, fields: [] }],
    reads: [],
  },
});
const read = (number: number): TabMessage => ({
  type: "call",
  number,
  answeredBelow: 0,
  since: 0,
  call: { type: "sql", parts: ["select count(*) as n from notes"], values: [] },
});

test("[TAB19][F49] a read that comes while writes are queued waits for the one that is being committed, and not for the others", async () => {
  const { port1, port2 } = new FairChannel();
  let reads = 0;
  port1.addEventListener("message", () => {
    if (answered.length - reads === many) return;
    say([read(many + ++reads)]);
    port2.postMessage();
  });
  port2.postMessage();
  say(Array.from({ length: many }, (_, n) => write(n + 1)));
  await eventually("all is answered", () => answered.filter((number) => number <= many).length === many);
  const between = answered
    .map((number) => (number > many ? "r" : "w"))
    .join("")
    .split("r");
  expect(Math.max(...between.map(({ length }) => length))).toBeLessThanOrEqual(1);
  expect(spentMs).toBeGreaterThanOrEqual(many * commitMs);
});

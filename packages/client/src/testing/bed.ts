/** What the client's tests share: a schema with every kind, a directory that goes away, a replica over it, and another author's transactions. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  arbitrated,
  collection,
  counter,
  defineSchema,
  intent,
  list,
  register,
  set,
  text,
  type AnySchema,
  type WriteTransaction,
} from "@holdfast/core";
import {
  lastCounter,
  lastLamport,
  latticesOf,
  originOf,
  planOperations,
  type RecordState,
  type ReplicaId,
  type SqlitePort,
  TransactionBuilder,
  type Transaction,
  applyOperation,
} from "@holdfast/core/engine";
import { z } from "zod";
import { openNodeSqlite } from "../node/sqlite.ts";
import { nodeRuntime } from "../node/runtime.ts";
import { openReplicaWith } from "../open-replica.ts";
import type { ReplicaOptions, ReplicaPorts } from "../options.ts";
import type { Replica } from "../replica.ts";
import type { ScriptedR0 } from "./scripted-r0.ts";

export const schema = defineSchema({
  version: 1,
  collections: {
    notes: collection(
      {
        title: register(z.string().max(200), ""),
        pinned: register(z.boolean(), false),
        size: register(z.union([z.number(), z.bigint()]), 0),
        data: register(z.any(), null),
        body: text(),
        tags: set(z.string()),
        items: list(z.string()),
        opened: counter(),
      },
      { indexes: ["title"] },
    ),
    accounts: collection({ plan: arbitrated(z.enum(["free", "pro"]), "free"), name: register(z.string(), "") }),
  },
  intents: {
    buyPlan: intent(z.object({ accountId: z.string() }), {
      provisional: async (tx, { accountId }) => {
        if ((await tx.accounts.get(accountId)) === undefined) tx.accounts.create({ plan: "pro" }, { id: accountId });
        else tx.accounts.update(accountId, { plan: "pro" });
      },
    }),
  },
});
export type TestSchema = typeof schema;
export const space = "user:42";

export interface Bed {
  file(name: string): string;
  open(name?: string, options?: BedOptions): Promise<Replica<TestSchema>>;
  dispose(): Promise<void>;
}

export interface BedOptions extends Partial<ReplicaOptions<TestSchema>> {
  readonly r0?: ScriptedR0;
  readonly wrap?: (port: SqlitePort) => SqlitePort;
  readonly runtime?: ReplicaPorts["runtime"];
}

export function createBed(): Bed {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-client-"));
  const opened: Replica<TestSchema>[] = [];
  const file = (name: string): string => join(directory, `${name}.db`);
  return {
    file,
    async open(name = "a", { r0, wrap = (port: SqlitePort) => port, runtime = nodeRuntime, ...options } = {}) {
      const replica = await openReplicaWith<TestSchema>(
        { schema, spaces: [space], sync: { backoffBaseMs: 5, backoffCapMs: 20 }, ...options },
        {
          openSqlite: () => wrap(openNodeSqlite(file(name))),
          transport: r0?.transport,
          runtime,
          inflate: (bytes) => bytes,
          defer: (run) => void setImmediate(run),
          persistent: true,
        },
      );
      opened.push(replica);
      return replica;
    },
    async dispose() {
      for (const replica of opened) await replica.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Another device, as far as a stream shows it: makes legal transactions, and sees only what it is shown. */
export class OtherDevice {
  readonly replica: ReplicaId;
  #counter = 0;
  #lamport = 0;
  readonly #records = new Map<string, RecordState>();
  readonly #lattices = latticesOf((schema as AnySchema).spec);

  constructor(digit: string) {
    this.replica = digit.repeat(32) as ReplicaId;
  }

  see(transaction: Transaction): void {
    this.#lamport = Math.max(this.#lamport, lastLamport(transaction));
    if (transaction.body.type !== "operations") return;
    for (const [index, operation] of transaction.body.operations.entries()) {
      const key = `${operation.collection}/${operation.record}`;
      this.#records.set(
        key,
        applyOperation(this.#lattices, this.#records.get(key), operation, originOf(transaction, index, undefined)).record,
      );
    }
  }

  write(change: (tx: WriteTransaction<TestSchema>) => void, dependencies: ReadonlyMap<string, number> = new Map()): Transaction {
    const read = (collection: string, id: string) => this.#records.get(`${collection}/${id}`);
    const spec = (schema as AnySchema).spec;
    const builder = new TransactionBuilder<TestSchema>({ schema: spec, mintRecordId: () => "minted", read, arbitrated: "allowed" });
    change(builder.tx);
    const planned = planOperations({
      schema: spec,
      lattices: this.#lattices,
      mutations: builder.close(),
      read,
      replica: this.replica,
      counter: this.#counter + 1,
      lamport: this.#lamport + 1,
      textSession: 77,
      arbitrated: "allowed",
    });
    const transaction: Transaction = {
      replica: this.replica,
      counter: this.#counter + 1,
      lamport: this.#lamport + 1,
      schemaVersion: 1,
      wallMs: 0,
      dependencies,
      body: { type: "operations", operations: planned.operations },
      extensions: [],
    };
    this.see(transaction);
    this.#counter = lastCounter(transaction);
    return transaction;
  }
}

const eventuallyMsMax = 10_000;

/** Resolves when something holds; it is looked at after every turn of the event loop. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const until = performance.now() + eventuallyMsMax;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`it never came about: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The schema of the API page, and a device that plans, applies and receives: what the tests of this folder write with. */
import { z } from "zod";
import type { ReplicaId } from "../../causality/replica-id.ts";
import { applyOperation, originOf } from "../../lattice/record.ts";
import type { RecordState } from "../../lattice/record-state.ts";
import type { AnySchema } from "../../schema/declaration.ts";
import { collection, defineSchema, intent, toSchemaSpec } from "../../schema/define-schema.ts";
import { arbitrated, counter, list, register, set, text } from "../../schema/kinds.ts";
import { latticesOf } from "../../schema/lattices-of.ts";
import { viewRow } from "../../schema/view-row.ts";
import { HoldfastError } from "../../base/error.ts";
import type { Mutation } from "../mutation.ts";
import type { Transaction } from "../operation.ts";
import { type PlannedOperations, planOperations } from "../plan-operations.ts";
import { TransactionBuilder } from "../transaction-builder.ts";
import type { WriteTransaction } from "../typed-transaction.ts";

export const schema = defineSchema({
  version: 1,
  collections: {
    notes: collection(
      {
        title: register(z.string().max(200), ""),
        pinned: register(z.boolean(), false),
        due: register(z.number().nullable(), null),
        body: text(),
        tags: set(z.string()),
        checklist: list(z.object({ label: z.string(), done: z.boolean() })),
        opened: counter(),
      },
      { indexes: ["title"] },
    ),
    accounts: collection({ plan: arbitrated(z.enum(["free", "pro"]), "free"), credits: arbitrated(z.number().int(), 0) }),
  },
  intents: {
    buyPlan: intent(z.object({ accountId: z.string(), plan: z.enum(["free", "pro"]) }), {
      provisional: async (tx, { accountId, plan }) => {
        const account = await tx.accounts.get(accountId);
        if (account !== undefined) tx.accounts.update(accountId, { plan });
      },
    }),
  },
});

export type AppSchema = typeof schema;

export function replicaIdOf(digit: string): ReplicaId {
  return digit.repeat(32) as ReplicaId;
}

export interface Entry {
  readonly transaction: Transaction;
  readonly planned: PlannedOperations;
}

/** One holder of records in one space: state by key, counters, stamps. */
export class TestReplica<S extends AnySchema = AppSchema> {
  readonly id: ReplicaId;
  readonly records = new Map<string, RecordState>();
  readonly log: Entry[] = [];
  counter = 0;
  lamport = 0;
  minted = 0;
  readonly #schema: S;

  constructor(id: ReplicaId, schemaOf: S) {
    this.id = id;
    this.#schema = schemaOf;
  }

  builder(arbitratedWrites: "allowed" | "refused" = "refused"): TransactionBuilder<S> {
    return new TransactionBuilder<S>({
      schema: toSchemaSpec(this.#schema),
      mintRecordId: () => `${this.id.slice(0, 1)}${++this.minted}`,
      read: (name, record) => this.records.get(`${name}/${record}`),
      arbitrated: arbitratedWrites,
    });
  }

  mutations(write: (tx: WriteTransaction<S>) => void): readonly Mutation[] {
    const builder = this.builder();
    write(builder.tx);
    return builder.close();
  }

  plan(mutations: readonly Mutation[]): PlannedOperations {
    const spec = toSchemaSpec(this.#schema);
    return planOperations({
      schema: spec,
      lattices: latticesOf(spec),
      mutations,
      read: (name, record) => this.records.get(`${name}/${record}`),
      replica: this.id,
      counter: this.counter + 1,
      lamport: this.lamport + 1,
      textSession: 1000 + Number.parseInt(this.id.slice(0, 1), 16),
    });
  }

  write(write: (tx: WriteTransaction<S>) => void): PlannedOperations {
    const planned = this.plan(this.mutations(write));
    for (const { collection: name, id, after } of planned.records) this.records.set(`${name}/${id}`, after);
    if (planned.operations.length === 0) return planned;
    this.log.push({ transaction: this.#transactionOf(planned), planned });
    this.counter += planned.operations.length;
    this.lamport += planned.operations.length;
    return planned;
  }

  /** In causal order; a duplicate changes nothing. */
  receive(transaction: Transaction): void {
    const lattices = latticesOf(toSchemaSpec(this.#schema));
    if (transaction.body.type !== "operations") return;
    for (const [index, operation] of transaction.body.operations.entries()) {
      const key = `${operation.collection}/${operation.record}`;
      this.records.set(key, applyOperation(lattices, this.records.get(key), operation, originOf(transaction, index, undefined)).record);
    }
    this.lamport = Math.max(this.lamport, transaction.lamport + transaction.body.operations.length - 1);
  }

  view(name: string, record: string): unknown {
    const state = this.records.get(`${name}/${record}`);
    const spec = toSchemaSpec(this.#schema).collections.get(name);
    return state === undefined || spec === undefined ? undefined : viewRow(spec, record, state);
  }

  #transactionOf(planned: PlannedOperations): Transaction {
    return {
      replica: this.id,
      counter: this.counter + 1,
      lamport: this.lamport + 1,
      schemaVersion: 1,
      wallMs: 0,
      dependencies: new Map(),
      body: { type: "operations", operations: planned.operations },
      extensions: [],
    };
  }
}

/** The code that `run` is refused with; fails if it is not refused. */
export function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof HoldfastError) return error.code;
    throw error;
  }
  throw new Error("nothing was refused");
}

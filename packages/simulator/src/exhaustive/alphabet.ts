/** For each data type, the changes of which every short history is made: few, and such that each pair of them can meet. */
import { arbitrated, collection, counter, defineSchema, list, register, set, text } from "@holdfast/core";
import type { FieldChange, Mutation } from "@holdfast/core/engine";
import { z } from "zod";

export const scopeSchema = defineSchema({
  version: 1,
  collections: {
    things: collection({
      title: register(z.string(), ""),
      count: counter(),
      tags: set(z.string()),
      steps: list(z.string()),
      body: text(),
      plan: arbitrated(z.string(), ""),
    }),
  },
});

/** The one record that every history is about. */
export const scopeRecord = "r";

export interface Row {
  readonly title: string;
  readonly count: number;
  readonly tags: readonly string[];
  readonly steps: readonly string[];
  readonly body: string;
}

/** `unique` names the write: no two of a history have the same. Undefined: there is nothing to change here. */
export type Change = (unique: string, row: Row | undefined) => Mutation | undefined;

export interface Alphabet {
  readonly type: string;
  readonly changes: Readonly<Record<string, Change>>;
  /** Only the last replica, which stands for r0, writes. */
  readonly byR0?: boolean;
}

/** A change of one field, as long as the record is there and the field has what it needs. */
const change =
  (field: string, of: (unique: string, row: Row) => FieldChange | undefined): Change =>
  (unique, row) => {
    const made = row === undefined ? undefined : of(unique, row);
    return made === undefined ? undefined : { type: "change", collection: "things", record: scopeRecord, field, change: made };
  };

const rename = change("title", (value) => ({ type: "assign", value }));

export const alphabets: readonly Alphabet[] = [
  { type: "register", changes: { assign: rename, "assign the same": change("title", () => ({ type: "assign", value: "same" })) } },
  {
    type: "counter",
    changes: {
      "add 1": change("count", () => ({ type: "increment", by: 1 })),
      "take 2": change("count", () => ({ type: "increment", by: -2 })),
    },
  },
  {
    type: "set",
    changes: {
      "add x": change("tags", () => ({ type: "set-add", values: ["x"] })),
      "remove x": change("tags", () => ({ type: "set-delete", values: ["x"] })),
    },
  },
  {
    type: "list",
    changes: {
      push: change("steps", (value, { steps }) => ({ type: "list-insert", at: steps.length, values: [value] })),
      "insert first": change("steps", (value) => ({ type: "list-insert", at: 0, values: [value] })),
      "remove first": change("steps", (_, { steps }) => (steps.length === 0 ? undefined : { type: "list-delete", at: 0 })),
      "move first to the end": change("steps", (_, { steps }) =>
        steps.length < 2 ? undefined : { type: "list-move", from: 0, to: steps.length - 1 },
      ),
    },
  },
  {
    type: "text",
    changes: {
      "type first": change("body", (unique) => ({ type: "text-insert", at: 0, text: `<${unique}>` })),
      "type last": change("body", (unique, { body }) => ({ type: "text-insert", at: body.length, text: `<${unique}>` })),
      "delete first": change("body", (_, { body }) => (body === "" ? undefined : { type: "text-delete", at: 0, length: 1 })),
    },
  },
  {
    type: "record",
    changes: {
      create: (_, row) => (row === undefined ? { type: "create", collection: "things", record: scopeRecord, fields: [] } : undefined),
      delete: (_, row) => (row === undefined ? undefined : { type: "delete", collection: "things", record: scopeRecord }),
      rename,
    },
  },
  { type: "arbitrated", changes: { decide: change("plan", (value) => ({ type: "assign", value })) }, byR0: true },
];

/** What an operation has told of each of its transactions: what the generic checkers know about any app. */
import type { SpaceId, Value } from "@holdfast/core";
import type { Answer } from "./app.ts";

/** One call on a transaction, with what a checker needs of it. */
export type Effect = { readonly collection: string; readonly record: string } & (
  | { readonly type: "create" | "update"; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly type: "delete" }
  | { readonly type: "count"; readonly field: string; readonly by: number }
  | { readonly type: "add" | "remove" | "insert"; readonly field: string; readonly elements: readonly unknown[] }
  | { readonly type: "type"; readonly field: string; readonly text: string }
  /** Changes of a list's items, and erased text: what stays of the field is not predicted any more. */
  | { readonly type: "rework"; readonly field: string }
);

export interface ToldTransaction {
  readonly type: "write" | "request";
  readonly space: SpaceId;
  /** Empty for a request: its effect is its arbiter's. */
  effects: readonly Effect[];
  /** It is on its device's disk. */
  isAcknowledged: boolean;
  /** r0's answer, once the app has heard it. */
  answer: Answer | undefined;
}

/** By operation, in the order in which they were begun. */
export type Told = Map<string, readonly ToldTransaction[]>;

/** Names a record within a space. */
export function recordKey({ collection, record }: { readonly collection: string; readonly record: string }): string {
  return `${collection}/${record}`;
}

/** Values are compared as JSON, and JSON has neither bigint nor bytes. */
export function valueKey(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => {
    if (typeof each === "bigint") return `${each}n`;
    if (each instanceof Uint8Array) return `bytes ${each.join(" ")}`;
    if (typeof each !== "object" || each === null || Array.isArray(each)) return each;
    return Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

export type AnyRow = Readonly<Record<string, Value>> & { readonly id: string };

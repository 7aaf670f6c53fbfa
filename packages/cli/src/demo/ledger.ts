/** What a device tells the parent of each write, before its commit and again when it is acknowledged: all that the oracle knows. */
import type { Value } from "@holdfast/core";
import type { ImportedNote } from "./import-notes.ts";
import type { DeviceName, Plan } from "./schema.ts";

export interface Item {
  readonly label: string;
  readonly done: boolean;
}

/** One change as its author saw it. Whatever a device adds bears its marker, which is unique in the whole run. */
export type Edit =
  | { readonly type: "create"; readonly note: ImportedNote }
  | { readonly type: "delete"; readonly record: string }
  | {
      readonly type: "assign";
      readonly collection: "notes" | "settings";
      readonly record: string;
      readonly field: string;
      readonly value: Value;
    }
  | { readonly type: "insert-text"; readonly record: string; readonly marker: string }
  | { readonly type: "erase-text"; readonly record: string; readonly erased: string; readonly marker: string | undefined }
  | { readonly type: "tag"; readonly record: string; readonly tag: string; readonly present: boolean }
  | { readonly type: "add-item"; readonly record: string; readonly label: string }
  | { readonly type: "set-item"; readonly record: string; readonly key: string; readonly was: Item; readonly value: Item }
  | { readonly type: "move-item"; readonly record: string; readonly key: string }
  | { readonly type: "remove-item"; readonly record: string; readonly key: string; readonly was: Item }
  | { readonly type: "count"; readonly record: string; readonly by: number };

/** One transaction. */
export interface Write {
  readonly device: DeviceName;
  /** In the order in which this device asked, across its lives. */
  readonly number: number;
  /** Between two acts all devices were in step: what a later act wrote had seen all of an earlier one. */
  readonly act: number;
  readonly edits: readonly Edit[];
}

/** What a device shows when it is asked, conflict log and dead letters included. */
export interface Shown {
  readonly notes: readonly ShownNote[];
  /** Records of other collections, by `collection/id`. */
  readonly others: Readonly<Record<string, Readonly<Record<string, Value>>>>;
  readonly conflicts: readonly ShownConflict[];
  readonly letters: readonly ShownLetter[];
}

export interface ShownNote {
  readonly id: string;
  readonly title: string;
  readonly pinned: boolean;
  readonly body: string;
  readonly tags: readonly string[];
  readonly opened: number;
  readonly items: readonly { readonly key: string; readonly value: Item }[];
}

export interface ShownConflict {
  readonly collection: string;
  readonly record: string;
  /** Empty: a deletion that lost to an edit. */
  readonly field: string;
  readonly item: string;
  readonly value: Value;
  /** `replica:counter`. */
  readonly loser: string;
}

export interface ShownLetter {
  readonly code: string;
  readonly reason: string;
  readonly intent: string | undefined;
  readonly input: Value;
  readonly values: readonly {
    readonly collection: string;
    readonly record: string;
    readonly field: string;
    readonly values: readonly Value[];
  }[];
}

export type PlanDecision =
  | { readonly status: "accepted"; readonly plan: Plan }
  | { readonly status: "refused"; readonly plan: Plan; readonly code: string; readonly reason: string };

/** `⟨phone-12⟩ ` stands at the beginning of a word and ends with a space, so that nothing is ever inserted into one. */
export function toMarkerText(marker: string): string {
  return `⟨${marker}⟩ `;
}

export const markerText: RegExp = /⟨((?:phone|tablet|watch)-\d+)⟩ /g;

/** The mark that an edit leaves on an item's label replaces the one before. */
export function editLabel(label: string, marker: string): string {
  return `${rootLabel(label)} ✎ ${marker}`;
}

export function rootLabel(label: string): string {
  return label.replace(/ ✎ \S+$/, "");
}

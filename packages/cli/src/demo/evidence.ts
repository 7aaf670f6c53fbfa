/** What the judges of the single kinds look at, and how edits stand to one another. */
import { isDeepStrictEqual } from "node:util";
import type { Edit, Item, Shown, ShownConflict, ShownLetter, ShownNote } from "./ledger.ts";
import type { DeviceName } from "./schema.ts";

/** An edit with what is known of its write. */
export type Told<E extends Edit = Edit> = E & {
  readonly device: DeviceName;
  readonly number: number;
  readonly act: number;
  readonly acknowledged: boolean;
};

export type EditOf<T extends Edit["type"]> = Extract<Edit, { readonly type: T }>;

export interface Evidence {
  all<T extends Edit["type"]>(type: T): readonly Told<EditOf<T>>[];
  readonly shown: Shown;
  readonly notesById: ReadonlyMap<string, ShownNote>;
  /** Of all devices. */
  readonly conflicts: readonly ShownConflict[];
  readonly letters: readonly ShownLetter[];
  /** Items that all devices knew before they parted: note → key → value. */
  readonly sharedItems: ReadonlyMap<string, ReadonlyMap<string, Item>>;
  /** A documented deletion: nothing of the record is expected. */
  isDeleted(record: string): boolean;
}

/** `later` was written by somebody who had seen `earlier`. */
export function hadSeen(later: Told, earlier: Told): boolean {
  return later.act > earlier.act || (later.device === earlier.device && later.number > earlier.number);
}

/** Names a write for people. */
export function nameOf({ device, number }: Told): string {
  return `${device}-${number}`;
}

/** Whatever order the properties are in. */
export function isSame(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(a, b);
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

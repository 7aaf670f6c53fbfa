/**
 * What a replica's file and r0's store hold of a space, read by the test itself from their bytes: an engine that shows one thing
 * and keeps another is found out. Files are read while nobody has them open.
 */
import { DatabaseSync } from "node:sqlite";
import {
  assert,
  compareCodePoints,
  decodeRecordState,
  digestSpace,
  isVisible,
  latticesOf,
  type RecordState,
  toSchemaSpec,
  type Value,
  viewRecord,
} from "@holdfast/core/engine";
import { sqliteStore } from "@holdfast/server/sqlite";
import { workloadSchema } from "./workload-schema.ts";

export type Rows = ReadonlyMap<string, Readonly<Record<string, Value>>>;

export interface SpaceState {
  readonly digest: string;
  /** Visible records by id. */
  rows(collection: string): Rows;
}

interface StoredRecord {
  readonly collection: string;
  readonly record: string;
  readonly state: Uint8Array;
}

const schema = toSchemaSpec(workloadSchema);
const lattices = latticesOf(schema);

export function toSpaceState(stored: readonly StoredRecord[]): SpaceState {
  const ordered = [...stored].sort((a, b) => compareCodePoints(a.collection, b.collection) || compareCodePoints(a.record, b.record));
  const records = ordered.map(({ collection, record, state }): readonly [string, string, RecordState] => {
    const decoded = decodeRecordState(lattices, state);
    assert(decoded.ok, `a kept record decodes: ${collection} ${record}`);
    return [collection, record, decoded.value];
  });
  return {
    digest: digestSpace(lattices, records),
    rows(name) {
      const spec = schema.collections.get(name);
      assert(spec !== undefined, `${name} is a collection`);
      return new Map(
        records
          .filter(([collection, , state]) => collection === name && isVisible(state))
          .map(([, id, state]) => [id, viewRecord(spec, state)]),
      );
    },
  };
}

const bounds = { countMax: 1_000, bytesMax: 4 * 1024 * 1024 };

export async function readServerFile(path: string, space: string): Promise<SpaceState> {
  const store = sqliteStore(path);
  try {
    const stored: StoredRecord[] = [];
    for (;;) {
      const page = await store.readRecords(space, stored.at(-1), bounds);
      if (page.length === 0) return toSpaceState(stored);
      stored.push(...page);
    }
  } finally {
    await store.close();
  }
}

/** The visible state: what the app is shown, unanswered operations included. */
export function readReplicaFile(path: string, space: string): SpaceState {
  const database = new DatabaseSync(path);
  try {
    const visible = [...schema.collections.keys()].flatMap((collection) =>
      database
        .prepare(`SELECT id, _meta FROM "${collection}" WHERE space = ?`)
        .all(space)
        .map((row) => ({ collection, record: row["id"] as string, state: row["_meta"] as Uint8Array })),
    );
    const hidden = database
      .prepare("SELECT collection, id, _meta FROM _hidden WHERE space = ?")
      .all(space)
      .map((row) => ({ collection: row["collection"] as string, record: row["id"] as string, state: row["_meta"] as Uint8Array }));
    return toSpaceState([...visible, ...hidden]);
  } finally {
    database.close();
  }
}

/**
 * The rows that turns begin with, as they were at a version of their space: the space's own, its authors' marks, its records. A device that
 * writes a space now wrote it a moment ago, through this instance, which knows then what the database would tell it.
 *
 * Nothing rests on it. Where the database is shared, a turn over remembered rows is committed only over the version that they are of, like
 * any other (OPT1), and one that commits nothing asks for the version before it ends. Where this process is the only one that writes, each
 * row is what its last commit made of it, and whatever writes in another way than by a batch forgets all of them.
 *
 * Rows are let go after a short while, whatever happens: versions are numbers of one history, and a database that an operator puts back to
 * an earlier one counts them anew. Bounded in two generations: what was not asked for while one filled up is let go with it.
 */
import type { MarkRow, RecordKey, RecordRow, ReplicaId, SpaceId, SpaceRow, StoreReader, WriteBatch } from "@holdfast/core/engine";

export interface RowMemoryLimits {
  /** Of one generation: spaces, marks and records together, and the bytes of records' states. */
  readonly rowsMax: number;
  readonly bytesMax: number;
  /** A space's rows are of use for so long after its last read or commit: shorter than any restore takes. */
  readonly ageMsMax: number;
}

export const rowMemoryLimits: RowMemoryLimits = { rowsMax: 20_000, bytesMax: 8 * 1024 * 1024, ageMsMax: 5_000 };

export interface RowMemory {
  /** Of which version the space's rows are; undefined: none is here. */
  versionOf(space: SpaceId): number | undefined;
  /** Reads what is not here by `inner`, and keeps it. `version` of what `inner` has answered last. */
  reader(space: SpaceId, inner: StoreReader, version: () => number): StoreReader;
  /** The batch, decided over `version`, has made `next` of it. */
  committed(batch: WriteBatch, version: number, next: number): void;
  /** All spaces, if none is named. */
  forget(space?: SpaceId): void;
}

/** A generation holds the rows of so many spaces at least. */
const spacesMin = 4;

interface Rows {
  version: number;
  space: SpaceRow;
  readonly marks: Map<ReplicaId, MarkRow | undefined>;
  readonly records: Map<string, RecordRow | undefined>;
  bytes: number;
  /** When they were read, or written. */
  atMs: number;
}

export function createRowMemory(nowMs: () => number, limits: RowMemoryLimits = rowMemoryLimits): RowMemory {
  let young = new Map<SpaceId, Rows>();
  let old = new Map<SpaceId, Rows>();
  let count = 0;
  let bytes = 0;
  /** How often something was let go from outside: what is read meanwhile may be from before. */
  let forgotten = 0;

  /** What is looked at stays. */
  function find(space: SpaceId): Rows | undefined {
    const found = young.get(space) ?? old.get(space);
    if (found === undefined) return undefined;
    if (nowMs() - found.atMs > limits.ageMsMax) {
      drop(space);
      return undefined;
    }
    if (old.delete(space)) keep(space, found);
    return found;
  }

  /** One that would take a generation for itself is let go at once. */
  function keep(space: SpaceId, rows: Rows): void {
    if (countOf(rows) * spacesMin > limits.rowsMax || rows.bytes * spacesMin > limits.bytesMax) return;
    young.set(space, rows);
    count += countOf(rows);
    bytes += rows.bytes;
    if (count <= limits.rowsMax && bytes <= limits.bytesMax) return;
    old = young;
    young = new Map();
    count = 0;
    bytes = 0;
  }

  /** Taken out, changed, and put back, wherever it was: rows that a commit has not reached must not stay. */
  function remember(space: SpaceId, version: number, apply: (rows: Rows) => void): void {
    const rows = young.get(space) ?? old.get(space);
    if (rows === undefined) return;
    drop(space);
    if (rows.version !== version) return;
    apply(rows);
    keep(space, rows);
  }

  function begin(space: SpaceId, version: number, row: SpaceRow): void {
    drop(space);
    keep(space, { version, space: row, marks: new Map(), records: new Map(), bytes: 0, atMs: nowMs() });
  }

  function drop(space: SpaceId): void {
    const rows = young.get(space);
    if (rows !== undefined) {
      young.delete(space);
      count -= countOf(rows);
      bytes -= rows.bytes;
    }
    old.delete(space);
  }

  return {
    versionOf: (space) => find(space)?.version,
    reader: (space, inner, version) => ({
      ...inner,
      async space() {
        const rows = find(space);
        if (rows !== undefined) return rows.space;
        const before = forgotten;
        const row = await inner.space();
        if (before === forgotten) begin(space, version(), row);
        return row;
      },
      async marks(replicas) {
        const known = find(space)?.marks;
        if (known !== undefined && replicas.every((replica) => known.has(replica))) return replicas.map((replica) => known.get(replica));
        const found = await inner.marks(replicas);
        remember(space, version(), ({ marks }) => replicas.forEach((replica, i) => void marks.set(replica, found[i])));
        return found;
      },
      async records(keys) {
        const known = find(space)?.records;
        if (known !== undefined && keys.every((key) => known.has(nameOf(key)))) return keys.map((key) => known.get(nameOf(key)));
        const found = await inner.records(keys);
        remember(space, version(), (rows) => keys.forEach((key, i) => setRecord(rows, key, found[i])));
        return found;
      },
    }),
    committed(batch, version, next) {
      const { space } = batch.space;
      remember(space, version, (rows) => {
        rows.version = next;
        rows.atMs = nowMs();
        // The horizon is compaction's, which has statements of its own.
        rows.space = { ...batch.space, horizon: rows.space.horizon };
        for (const row of batch.marks) rows.marks.set(row.replica, row);
        for (const row of batch.records) setRecord(rows, row, row);
        for (const key of batch.collected) forgetRecord(rows, key);
      });
    },
    forget(space) {
      forgotten++;
      if (space !== undefined) return drop(space);
      young = new Map();
      old = new Map();
      count = 0;
      bytes = 0;
    },
  };
}

function countOf({ marks, records }: Rows): number {
  return 1 + marks.size + records.size;
}

function setRecord(rows: Rows, key: RecordKey, row: RecordRow | undefined): void {
  const name = nameOf(key);
  rows.bytes += (row?.state.length ?? 0) - (rows.records.get(name)?.state.length ?? 0);
  rows.records.set(name, row);
}

function forgetRecord(rows: Rows, key: RecordKey): void {
  setRecord(rows, key, undefined);
  rows.records.delete(nameOf(key));
}

/** A NUL is in no name and no id. */
function nameOf({ collection, record }: RecordKey): string {
  return `${collection}\0${record}`;
}

/**
 * D3 on a device: what is shown is the confirmed state with what is pending on top, record by record; and everything that is pending in
 * the change log is on its record. A write whose log and records did not come to disk together is found here.
 */
import {
  applyOperation,
  decodeRecordState,
  encodeForDigest,
  isKnown,
  knowsDot,
  lastCounter,
  latticesOf,
  type LatticeTable,
  originOf,
  type RecordState,
  type SchemaSpec,
  type SpaceId,
  type SqlitePort,
  type SqlRow,
  type Transaction,
} from "@holdfast/core/engine";
import type { Finding } from "./finding.ts";
import { waitsForSnapshot } from "./waits-for-snapshot.ts";
import { type Logged, readLogged, readWithdrawn, shownOn } from "./withdrawn.ts";

interface Record {
  readonly name: string;
  /** Without what undecided intents show. */
  readonly solid: Uint8Array;
  readonly base: Uint8Array | undefined;
  readonly pending: number;
}

export function judgeFold(port: SqlitePort, schema: SchemaSpec, space: SpaceId): readonly Finding[] {
  if (waitsForSnapshot(port, space)) return [];
  const lattices = latticesOf(schema);
  const records = readRecords(port, schema, space);
  const logged = readPending(port, space);
  const withdrawn = readWithdrawn(port, space, logged);
  const pending = logged.map(({ transaction }) => transaction);
  const findings: Finding[] = [];
  const torn = (detail: string): void => void findings.push({ harm: "torn", check: "fold", detail });
  const last = new Map<string, number>();
  for (const transaction of pending)
    if (transaction.body.type === "operations")
      for (const { collection, record } of transaction.body.operations) last.set(`${collection}/${record}`, lastCounter(transaction));
  for (const [name, counter] of last) {
    const found = records.get(name)?.pending ?? 0;
    if (found !== counter) torn(`${name} is pending through ${found}, and the change log through ${counter}`);
  }
  for (const record of records.values()) {
    if (record.base === undefined) continue;
    const base = decode(lattices, record.base);
    if (isDecidedElsewhere(base, record.name, pending)) continue;
    const expected = fold(lattices, base, record.name, shownOn(base, withdrawn, logged));
    if (digest(lattices, expected) !== digest(lattices, decode(lattices, record.solid)))
      torn(`${record.name} is not its confirmed state with what is pending`);
  }
  return findings;
}

/** The change log is without gaps from the last answer to the counter (O5). */
export function judgeLog(port: SqlitePort, space: SpaceId): readonly Finding[] {
  const [row] = port.all("SELECT counter, settled_through FROM _spaces WHERE space = ?", [space]);
  if (row === undefined) return [];
  let next = (row["settled_through"] as number) + 1;
  for (const entry of port.all(
    "SELECT counter_first, counter_last FROM _log WHERE space = ? AND counter_last >= ? ORDER BY counter_first",
    [space, next],
  )) {
    if (entry["counter_first"] !== next)
      return [{ harm: "torn", check: "log", detail: `the change log goes on at ${String(entry["counter_first"])} instead of ${next}` }];
    next = (entry["counter_last"] as number) + 1;
  }
  const counter = row["counter"] as number;
  return next > counter
    ? []
    : [{ harm: "torn", check: "log", detail: `the change log ends at ${next - 1}, and counter ${counter} is used` }];
}

function readRecords(port: SqlitePort, schema: SchemaSpec, space: SpaceId): ReadonlyMap<string, Record> {
  const overlays = new Map(
    port
      .all("SELECT collection, id, solid FROM _overlay WHERE space = ?", [space])
      .map((row) => [`${String(row["collection"])}/${String(row["id"])}`, row["solid"] as Uint8Array]),
  );
  const records = new Map<string, Record>();
  const add = (collection: string, row: SqlRow): void => {
    const name = `${collection}/${String(row["id"])}`;
    const solid = overlays.get(name) ?? (row["_meta"] as Uint8Array);
    const base = (row["_base"] as Uint8Array | null) ?? undefined;
    records.set(name, { name, solid, base, pending: (row["_pending"] as number | null) ?? 0 });
  };
  for (const collection of schema.collections.keys())
    for (const row of port.all(`SELECT id, _meta, _base, _pending FROM "${collection}" WHERE space = ?`, [space])) add(collection, row);
  for (const row of port.all("SELECT collection, id, _meta, _base, _pending FROM _hidden WHERE space = ?", [space]))
    add(String(row["collection"]), row);
  return records;
}

function readPending(port: SqlitePort, space: SpaceId): readonly Logged[] {
  return port
    .all(
      "SELECT bytes, increments FROM _log WHERE space = ?1 AND counter_first > (SELECT settled_through FROM _spaces WHERE space = ?1) ORDER BY counter_first",
      [space],
    )
    .map(readLogged);
}

/**
 * The confirmed state has come past a pending operation: r0 has had it or refused it, and the answer that says which is not here yet. Until
 * then it is shown, and a fold cannot tell.
 */
function isDecidedElsewhere(base: RecordState | undefined, name: string, pending: readonly Transaction[]): boolean {
  return pending.some(({ replica, counter, body }) => {
    if (base === undefined || body.type !== "operations") return false;
    return body.operations.some(
      ({ collection, record }, index) => `${collection}/${record}` === name && knowsDot(base, { replica, counter: counter + index }),
    );
  });
}

/** As r0 will do it: what may not bring a record into being does nothing to one that is not there. */
function fold(
  lattices: LatticeTable,
  base: RecordState | undefined,
  name: string,
  pending: readonly Transaction[],
): RecordState | undefined {
  let state = base;
  for (const transaction of pending) {
    if (transaction.body.type !== "operations") continue;
    for (const [index, operation] of transaction.body.operations.entries()) {
      if (`${operation.collection}/${operation.record}` !== name) continue;
      if (!operation.creates && (state === undefined || !isKnown(state))) continue;
      state = applyOperation(lattices, state, operation, originOf(transaction, index, undefined)).record;
    }
  }
  return state;
}

function decode(lattices: LatticeTable, bytes: Uint8Array): RecordState | undefined {
  if (bytes.length === 0) return undefined;
  const decoded = decodeRecordState(lattices, bytes);
  if (!decoded.ok) throw new Error(`A stored record does not decode: ${decoded.fault}.`);
  return decoded.value;
}

function digest(lattices: LatticeTable, state: RecordState | undefined): string {
  return state === undefined ? "" : Buffer.from(encodeForDigest(lattices, state)).toString("hex");
}

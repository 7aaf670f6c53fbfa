/** D3 at r0: its stream is without gaps from the horizon to the head, and its records are the fold of it while all of it is there. */
import {
  applyOperation,
  decodeRecordState,
  decodeTransaction,
  encodeForDigest,
  isKnown,
  latticesOf,
  originOf,
  type RecordState,
  type SchemaSpec,
  type SqlitePort,
} from "@holdfast/core/engine";
import type { Finding } from "./finding.ts";

export function judgeStream(port: SqlitePort, schema: SchemaSpec, space: string): readonly Finding[] {
  const [row] = port.all("SELECT head, horizon FROM spaces WHERE space = ?", [space]);
  if (row === undefined) return [];
  const [head, horizon] = [row["head"] as number, row["horizon"] as number];
  const stream = port.all("SELECT sequence, bytes FROM stream WHERE space = ? ORDER BY sequence", [space]);
  const numbers = stream.map((entry) => entry["sequence"] as number);
  // The horizon moves in a commit of its own, and what is behind it is dropped in others.
  const first = numbers[0] ?? head + 1;
  const isWhole = first <= horizon + 1 && first + numbers.length === head + 1 && numbers.every((number, index) => number === first + index);
  if (!isWhole) return [{ harm: "torn", check: "stream", detail: `the stream from ${horizon} to ${head} holds ${numbers.join()}` }];
  return horizon === 0 ? judgeRecords(port, schema, space, stream) : [];
}

function judgeRecords(
  port: SqlitePort,
  schema: SchemaSpec,
  space: string,
  stream: readonly Readonly<Record<string, unknown>>[],
): readonly Finding[] {
  const lattices = latticesOf(schema);
  const folded = new Map<string, RecordState>();
  for (const { sequence, bytes } of stream) {
    const decoded = decodeTransaction(bytes as Uint8Array);
    if (!decoded.ok) return [{ harm: "torn", check: "stream", detail: `change ${String(sequence)} does not decode` }];
    if (decoded.value.body.type !== "operations") continue;
    for (const [index, operation] of decoded.value.body.operations.entries()) {
      const name = `${operation.collection}/${operation.record}`;
      const held = folded.get(name);
      if (!operation.creates && (held === undefined || !isKnown(held))) continue;
      folded.set(name, applyOperation(lattices, held, operation, originOf(decoded.value, index, sequence as number)).record);
    }
  }
  const digest = (state: RecordState | undefined): string =>
    state === undefined ? "none" : Buffer.from(encodeForDigest(lattices, state)).toString("hex");
  const findings: Finding[] = [];
  const rows = port.all("SELECT collection, record, state FROM records WHERE space = ?", [space]);
  for (const row of rows) {
    const name = `${String(row["collection"])}/${String(row["record"])}`;
    const stored = decodeRecordState(lattices, row["state"] as Uint8Array);
    if (!stored.ok || digest(stored.value) !== digest(folded.get(name)))
      findings.push({ harm: "torn", check: "stream", detail: `${name} is not the fold of the stream` });
    folded.delete(name);
  }
  for (const name of folded.keys())
    findings.push({ harm: "torn", check: "stream", detail: `${name} is in the stream and not among the records` });
  return findings;
}

/** A snapshot page: records' states in columns. */
import { ByteReader, ByteWriter, DecodeFault } from "../base/bytes.ts";
import { assert } from "../base/assert.ts";
import { isName } from "../schema/names.ts";
import { checkRows, PieceReader, readColumn, rowOf, writeColumn } from "./columns.ts";
import * as wireLimits from "./wire-limits.ts";
import type { PageContent, SnapshotRecord } from "./messages.ts";
import { asInteger, asNumber, asText, asView, readFields, writeBytes, writeBytesAlways, writeNumber, writeTextAlways } from "./protobuf.ts";
import { readRecordId, RecordIdWriter } from "./record-ids.ts";

type Snapshot = Extract<PageContent, { type: "snapshot" }>;

export function writeSnapshot(writer: ByteWriter, field: number, { first, lamport, records }: Snapshot): void {
  assert(records.length <= wireLimits.snapshotRecordsMax, `a page of ${records.length} records`);
  const collections: string[] = [];
  const collectionColumn: number[] = [];
  const recordIds = new RecordIdWriter();
  const states = new ByteWriter(1024);
  for (const { collection, record, state } of records) {
    let number = collections.indexOf(collection);
    if (number < 0) {
      assert(isName(collection), `${JSON.stringify(collection)} is no name`);
      number = collections.push(collection) - 1;
    }
    collectionColumn.push(number);
    recordIds.add(record);
    states.raw(state);
  }
  const body = new ByteWriter(states.length + 20 * records.length + 64);
  writeNumber(body, 1, first ? 1 : 0);
  writeNumber(body, 2, lamport);
  writeNumber(body, 3, records.length);
  for (const collection of collections) writeTextAlways(body, 4, collection);
  writeColumn(body, 5, collectionColumn);
  writeBytes(body, 6, recordIds.bytes());
  writeColumn(body, 7, recordIds.lengths);
  writeColumn(
    body,
    8,
    records.slice(0, -1).map((each) => each.state.length),
  );
  writeBytes(body, 9, states.finish());
  writeBytesAlways(writer, field, body.finish());
}

export function readSnapshot(bytes: Uint8Array): Snapshot {
  const parts = {
    first: false,
    lamport: 0,
    count: 0,
    recordData: new Uint8Array(0) as Uint8Array,
    stateData: new Uint8Array(0) as Uint8Array,
  };
  const collections: string[] = [];
  const [collectionColumn, recordLengths, stateLengths]: [number[], number[], number[]] = [[], [], []];
  readFields(bytes, (field) => {
    switch (field.number) {
      case 1:
        parts.first = asNumber(field, 1) === 1;
        break;
      case 2:
        parts.lamport = asInteger(field);
        break;
      case 3:
        parts.count = asNumber(field, wireLimits.snapshotRecordsMax);
        break;
      case 4:
        if (collections.length >= wireLimits.namesPerBatchMax) field.fail("too many");
        collections.push(asText(field, 63));
        break;
      case 5:
        readColumn(collectionColumn, field, wireLimits.snapshotRecordsMax);
        break;
      case 6:
        parts.recordData = asView(field, wireLimits.inflatedBytesMax);
        break;
      case 7:
        readColumn(recordLengths, field, wireLimits.snapshotRecordsMax);
        break;
      case 8:
        readColumn(stateLengths, field, wireLimits.snapshotRecordsMax);
        break;
      case 9:
        parts.stateData = asView(field, wireLimits.inflatedBytesMax);
        break;
    }
  });
  const { first, lamport, count, stateData } = parts;
  if (!collections.every(isName)) throw new DecodeFault("unknown name");
  checkRows(collectionColumn, count);
  checkRows(recordLengths, count);
  const recordIds = new ByteReader(parts.recordData);
  const records: SnapshotRecord[] = [];
  const states = new PieceReader(stateData, stateLengths, count);
  for (let i = 0; i < count; i++) {
    const collection = collections[rowOf(collectionColumn, i)];
    if (collection === undefined) throw new DecodeFault("unknown name");
    const record = readRecordId(recordIds, rowOf(recordLengths, i));
    records.push({ collection, record, state: states.next() });
  }
  recordIds.end();
  states.end();
  return { type: "snapshot", first, lamport, records };
}

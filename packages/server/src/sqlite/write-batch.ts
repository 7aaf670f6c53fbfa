/** One batch, as statements; the caller holds the transaction. */
import type { SpaceId, WriteBatch } from "@holdfast/core/engine";
import type { Database } from "./database.ts";

export function writeBatch(database: Database, batch: WriteBatch): void {
  const { space } = batch.space;
  database.run(
    `INSERT INTO spaces (space, head, lamport, horizon, stream_bytes, state_bytes) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (space) DO UPDATE SET head = excluded.head, lamport = excluded.lamport,
       stream_bytes = stream_bytes + excluded.stream_bytes, state_bytes = state_bytes + excluded.state_bytes`,
    space,
    batch.space.head,
    batch.space.lamport,
    batch.space.horizon,
    batch.stream.reduce((sum, row) => sum + row.bytes.length, 0),
    batch.stateBytes,
  );
  for (const row of batch.marks)
    database.run(
      "INSERT OR REPLACE INTO marks (space, replica, mark, chain, lamport, recorded_through) VALUES (?, ?, ?, ?, ?, ?)",
      space,
      row.replica,
      row.mark,
      row.chain,
      row.lamport,
      row.recordedThrough,
    );
  // Not OR REPLACE: a sequence number that is given twice must fail, whatever went wrong before (F01).
  for (const row of batch.stream)
    database.run(
      "INSERT INTO stream (space, sequence, replica, counter_first, counter_last, bytes, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      space,
      row.sequence,
      row.replica,
      row.counterFirst,
      row.counterLast,
      row.bytes,
      row.atMs,
    );
  for (const row of batch.records)
    database.run(
      `INSERT INTO records (space, collection, record, state, sequence, deleted) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (space, collection, record) DO UPDATE SET state = excluded.state, sequence = excluded.sequence, deleted = excluded.deleted`,
      space,
      row.collection,
      row.record,
      row.state,
      row.sequence,
      row.deleted ? 1 : 0,
    );
  for (const key of batch.collected)
    database.run(
      "DELETE FROM records WHERE space = ? AND collection = ? AND record = ? AND sequence = ?",
      space,
      key.collection,
      key.record,
      key.sequence,
    );
  writeOutcomes(database, space, batch);
}

function writeOutcomes(database: Database, space: SpaceId, batch: WriteBatch): void {
  // By that index, or every push would read all that its replica was ever refused.
  for (const row of batch.settled)
    database.run(
      `UPDATE outcomes INDEXED BY outcomes_unforgotten SET bytes = substr(bytes, 1, 1)
       WHERE space = ? AND replica = ? AND counter <= ? AND length(bytes) > 1`,
      space,
      row.replica,
      row.through,
    );
  for (const row of batch.outcomes)
    database.run(
      "INSERT INTO outcomes (space, replica, counter, bytes, at) VALUES (?, ?, ?, ?, ?)",
      space,
      row.replica,
      row.counter,
      row.bytes,
      row.atMs,
    );
  for (const row of batch.imprints)
    database.run(
      "INSERT INTO imprints (space, replica, counter_first, counter_last, bytes) VALUES (?, ?, ?, ?, ?)",
      space,
      row.replica,
      row.counterFirst,
      row.counterLast,
      row.bytes,
    );
  for (const row of batch.intents)
    database.run("INSERT INTO intents (space, intent, bytes, at) VALUES (?, ?, ?, ?)", space, row.intent, row.bytes, row.atMs);
}

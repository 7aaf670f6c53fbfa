/**
 * What compaction, expiry and a restore ask of the store: short statements, each over so many rows of one shard at most, and harmless when
 * they are repeated.
 */
import {
  epochLamportStep,
  type PageBounds,
  type PositionRow,
  type RecordRow,
  type ReplicaId,
  type ServerStore,
  type SpaceId,
} from "@holdfast/core/engine";
import type { CompactionPart } from "../store/compaction-part.ts";
import { decodeReplica, encodeArray } from "./parameters.ts";
import { toRecordRows, type Ask } from "./pages.ts";
import { vectorEntries } from "./tables.ts";

type Maintenance = CompactionPart & Pick<ServerStore, "expireOutcomes" | "startNewEpoch">;

export interface MaintenanceParts {
  /** Repeats what fails for a reason that passes. */
  readonly ask: Ask;
  readonly schema: string;
  readonly shardOf: (space: SpaceId) => string;
  readonly sweepRowsMax: number;
}

export function maintenanceOver({ ask, schema, shardOf, sweepRowsMax }: MaintenanceParts): Maintenance {
  /** What is of several shards is several statements. */
  async function expireOf(spaces: readonly SpaceId[], sql: string, beforeMs: number): Promise<number> {
    let count = 0;
    for (const group of groupBy(spaces, shardOf)) {
      const [row] = await ask("", `WITH touched AS (${sql} RETURNING 1) SELECT count(*) FROM touched`, [
        encodeArray("text", group),
        beforeMs,
      ]);
      count += Number(row?.[0]);
    }
    return count;
  }

  async function agedSpaces(table: string, condition: string, beforeMs: number): Promise<readonly SpaceId[]> {
    const rows = await ask(
      "",
      `SELECT DISTINCT t.space FROM (SELECT space FROM ${schema}.${table} WHERE at < $1 AND ${condition} ORDER BY at LIMIT $2) t`,
      [beforeMs, sweepRowsMax],
    );
    return rows.map(([space]) => space as SpaceId);
  }

  return {
    async compact(space, horizon) {
      // A turn reads the horizon too: the version says when it has moved.
      const sql = `UPDATE ${schema}.spaces SET horizon = least(head, $2), version = version + 1 WHERE space = $1 AND horizon < least(head, $2)`;
      await ask("hf_compact", sql, [space, horizon]);
    },
    async dropStream(space, countMax) {
      // From the first row that is there, by key: the rows before it are gone, and need not be looked for.
      const [row] = await ask(
        "hf_drop_stream",
        `WITH bounds AS (SELECT min(t.sequence) AS first, s.horizon FROM ${schema}.spaces s JOIN ${schema}.stream t ON t.space = s.space
            WHERE s.space = $1 GROUP BY s.horizon),
          dropped AS (DELETE FROM ${schema}.stream t USING bounds b WHERE t.space = $1 AND t.sequence BETWEEN b.first
            AND least(b.horizon, b.first + $2::bigint - 1) RETURNING length(t.bytes) AS bytes, t.transaction_id),
          counted AS (SELECT count(*) AS n, coalesce(sum(bytes), 0) AS bytes, coalesce(max(transaction_id), 0) AS through FROM dropped),
          told AS (UPDATE ${schema}.spaces s SET stream_bytes = s.stream_bytes - c.bytes,
            dropped_through = greatest(s.dropped_through, c.through) FROM counted c WHERE s.space = $1 AND c.n > 0)
        SELECT n FROM counted`,
        [space, countMax],
      );
      return Number(row?.[0] ?? 0);
    },
    async readAged(space, through, beforeMs, countMax) {
      const [row] = await ask(
        "hf_aged",
        `WITH rows AS (SELECT t.sequence, t.at FROM ${schema}.spaces s JOIN ${schema}.stream t ON t.space = s.space
            WHERE s.space = $1 AND t.sequence > s.horizon AND t.sequence <= $2 ORDER BY t.sequence LIMIT $4)
        SELECT coalesce((SELECT max(r.sequence) FROM rows r WHERE r.sequence < coalesce((SELECT min(y.sequence) FROM rows y WHERE y.at >= $3), 9007199254740991)),
          (SELECT s.horizon FROM ${schema}.spaces s WHERE s.space = $1), 0)`,
        [space, through, beforeMs, countMax],
      );
      return Number(row?.[0] ?? 0);
    },
    async readTombstones(space, through, bounds: PageBounds): Promise<readonly RecordRow[]> {
      const rows = await ask(
        "hf_tombstones",
        `SELECT collection, record, sequence, deleted, state FROM (
          SELECT collection, record, sequence, deleted, state, sum(length(state)) OVER (ORDER BY sequence, collection, record) AS total
          FROM ${schema}.records WHERE space = $1 AND deleted AND sequence <= $2 ORDER BY sequence, collection, record LIMIT $3) t
        WHERE total <= $4 OR total = length(state)`,
        [space, through, bounds.countMax, bounds.bytesMax],
      );
      return toRecordRows(rows);
    },
    async readCrowded(space, through, entries, bounds: PageBounds): Promise<readonly RecordRow[]> {
      const order = "entries DESC, sequence DESC, collection, record";
      const rows = await ask(
        "hf_crowded",
        `SELECT collection, record, sequence, deleted, state FROM (
          SELECT *, sum(length(state)) OVER (ORDER BY ${order}) AS total, row_number() OVER (ORDER BY ${order}) AS place FROM (
            SELECT collection, record, sequence, deleted, state, ${vectorEntries} AS entries FROM ${schema}.records
            WHERE space = $1 AND ${vectorEntries} > '\\x01'::bytea AND ${vectorEntries} > $2::bytea AND sequence <= $3 ORDER BY ${order} LIMIT $4) c) t
        WHERE total <= $5 OR place = 1`,
        [space, Buffer.of(entries), through, bounds.countMax, bounds.bytesMax],
      );
      return toRecordRows(rows);
    },
    async readCompactable(after, countMax) {
      const rows = await ask(
        "hf_compactable",
        `SELECT s.space FROM ${schema}.spaces s WHERE s.space > $1 AND (s.head > s.horizon
            OR EXISTS (SELECT 1 FROM ${schema}.stream t WHERE t.space = s.space)
            OR EXISTS (SELECT 1 FROM ${schema}.records r WHERE r.space = s.space AND r.deleted))
          ORDER BY s.space LIMIT $2`,
        [after ?? "", countMax],
      );
      return rows.map(([space]) => space as SpaceId);
    },
    async sizeOf(space) {
      const [row] = await ask("hf_size", `SELECT stream_bytes, state_bytes FROM ${schema}.spaces WHERE space = $1`, [space]);
      return { streamBytes: Number(row?.[0] ?? 0), stateBytes: Number(row?.[1] ?? 0) };
    },
    async countRecords(space) {
      const [row] = await ask(
        "",
        `SELECT count(*) FILTER (WHERE NOT deleted), count(*) FILTER (WHERE deleted) FROM ${schema}.records WHERE space = $1`,
        [space],
      );
      return { records: Number(row?.[0]), tombstones: Number(row?.[1]) };
    },
    async writePositions(rows) {
      for (const group of groupBy(rows, ({ space }) => shardOf(space))) {
        const last = [...new Map(group.map((row) => [`${row.replica} ${row.space}`, row])).values()];
        await ask(
          "hf_positions",
          `INSERT INTO ${schema}.positions (space, replica, sequence, at)
            SELECT * FROM unnest($1::text[], $2::uuid[], $3::int8[], $4::int8[]) AS r(space, replica, sequence, at) ORDER BY 1, 2
            ON CONFLICT (space, replica) DO UPDATE SET sequence = excluded.sequence, at = excluded.at`,
          [
            encodeArray(
              "text",
              last.map(({ space }) => space),
            ),
            encodeArray(
              "uuid",
              last.map(({ replica }) => replica),
            ),
            encodeArray(
              "int8",
              last.map(({ sequence }) => sequence),
            ),
            encodeArray(
              "int8",
              last.map(({ atMs }) => atMs),
            ),
          ],
        );
      }
    },
    async readPositions(space, sinceMs, countMax) {
      const rows = await ask(
        "hf_read_positions",
        `SELECT replica, sequence, at FROM ${schema}.positions WHERE space = $1 AND at >= $2 ORDER BY sequence, replica LIMIT $3`,
        [space, sinceMs, countMax],
      );
      return rows.map(
        ([replica, sequence, at]): PositionRow => ({
          space,
          replica: decodeReplica(replica as string) as ReplicaId,
          sequence: Number(sequence),
          atMs: Number(at),
        }),
      );
    },
    async dropPositions(beforeMs, countMax) {
      const rows = await ask("", `SELECT space, replica FROM ${schema}.positions WHERE at < $1 ORDER BY at LIMIT $2`, [beforeMs, countMax]);
      for (const group of groupBy(rows, ([space]) => shardOf(space as SpaceId)))
        await ask(
          "",
          `DELETE FROM ${schema}.positions p USING unnest($1::text[], $2::uuid[]) AS r(space, replica)
            WHERE p.space = r.space AND p.replica = r.replica AND p.at < $3`,
          [
            encodeArray(
              "text",
              group.map(([space]) => space),
            ),
            encodeArray(
              "uuid",
              group.map(([, replica]) => decodeReplica(replica as string)),
            ),
            beforeMs,
          ],
        );
      return rows.length;
    },
    async expireOutcomes(beforeMs) {
      let count = 0;
      for (;;) {
        const spaces = await agedSpaces("outcomes", "length(bytes) > 1", beforeMs);
        if (spaces.length === 0) break;
        const sql = `UPDATE ${schema}.outcomes SET bytes = substr(bytes, 1, 1) WHERE space = ANY($1::text[]) AND at < $2 AND length(bytes) > 1`;
        count += await expireOf(spaces, sql, beforeMs);
      }
      for (;;) {
        const spaces = await agedSpaces("intents", "true", beforeMs);
        if (spaces.length === 0) return count;
        await expireOf(spaces, `DELETE FROM ${schema}.intents WHERE space = ANY($1::text[]) AND at < $2`, beforeMs);
      }
    },
    async startNewEpoch(epoch) {
      // The only statement of all shards: an operator's, while no instance serves. Once for each epoch, however often it is sent. Every version
      // moves with the clocks, so that a turn that was decided before is decided again; the feed's order begins anew with this history.
      await ask(
        "",
        `WITH renamed AS (UPDATE ${schema}.meta SET epoch = $1, epochs = epochs + 1 WHERE epoch <> $1 RETURNING 1),
          moved AS (UPDATE ${schema}.spaces SET lamport = (lamport / $2 + 2) * $2, version = version + 1, dropped_through = 0 WHERE EXISTS (SELECT 1 FROM renamed)),
          told AS (UPDATE ${schema}.stream SET transaction_id = pg_current_xact_id()::text::bigint WHERE EXISTS (SELECT 1 FROM renamed))
        SELECT 1`,
        [epoch, epochLamportStep],
      );
    },
  };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

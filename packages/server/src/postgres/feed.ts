/**
 * The order of the feed over all spaces: that of the transactions' numbers, read only below the oldest transaction that has not ended, so
 * that nothing can come to stand before what was read (F01). A transaction of anybody in this server that writes and stays open holds the
 * feed back, and nothing else.
 */
import type { FeedPage, ServerStore, SpaceId } from "@holdfast/core/engine";
import { type Ask, toStreamRow } from "./pages.ts";

/** Of a page's transactions: what lies far behind is read in slices, each with its own part of the index. */
const sliceTransactions = 10_000;

interface Place {
  readonly transaction: number;
  readonly space: string;
  readonly sequence: number;
}

export function feedOver(ask: Ask, schema: string): Required<Pick<ServerStore, "readFeed">> {
  const columns = "sequence, replica, counter_first, counter_last, bytes, at";
  const pageText = `SELECT u.upto, t.space, t.transaction_id, ${columns.replaceAll(/(\w+)/g, "t.$1")}
    FROM (SELECT least(pg_snapshot_xmin(pg_current_snapshot())::text::bigint, $1::bigint + ${sliceTransactions}) AS upto) u
    LEFT JOIN LATERAL (SELECT * FROM ${schema}.stream s WHERE s.transaction_id >= $1::bigint AND s.transaction_id < u.upto
      AND (s.transaction_id, s.space, s.sequence) > ($1::bigint, $2, $3::bigint)
      ORDER BY s.transaction_id, s.space, s.sequence LIMIT $4) t ON true
    ORDER BY t.transaction_id, t.space, t.sequence`;

  async function firstPlace(): Promise<Place> {
    const [row] = await ask("", `SELECT min(transaction_id) FROM ${schema}.stream`, []);
    const [next] = (row?.[0] ?? null) === null ? await ask("", "SELECT pg_snapshot_xmin(pg_current_snapshot())::text", []) : [row];
    return { transaction: Number(next?.[0]), space: "", sequence: 0 };
  }

  async function isIntact({ transaction }: Place): Promise<boolean> {
    const rows = await ask("", `SELECT 1 FROM ${schema}.spaces WHERE dropped_through >= $1 LIMIT 1`, [transaction]);
    return rows.length === 0;
  }

  return {
    async readFeed(after, countMax, intact) {
      const place = after === undefined ? await firstPlace() : decodePlace(after);
      if (place === undefined) return undefined;
      const found = await ask("hf_feed", pageText, [place.transaction, place.space, place.sequence, countMax]);
      // After the rows: what was dropped while they were read is seen.
      if (after !== undefined && intact && !(await isIntact(place))) return undefined;
      const upto = Number(found[0]?.[0]);
      const rows = found
        .filter(([, space]) => space !== null)
        .map(([, space, , ...row]) => ({ space: space as SpaceId, ...toStreamRow(row) }));
      const last = found.at(-1);
      const isFull = rows.length === countMax;
      const end: Place =
        isFull && last !== undefined
          ? { transaction: Number(last[2]), space: last[1] as string, sequence: Number(last[3]) }
          : {
              transaction: Math.max(upto, place.transaction),
              space: upto > place.transaction ? "" : place.space,
              sequence: upto > place.transaction ? 0 : place.sequence,
            };
      const page: FeedPage = { rows, place: encodePlace(end), more: isFull || upto === place.transaction + sliceTransactions };
      return page;
    },
  };
}

function encodePlace({ transaction, space, sequence }: Place): string {
  return `${transaction}/${sequence}/${space}`;
}

function decodePlace(text: string): Place | undefined {
  const [, transaction, sequence, space] = /^(\d{1,16})\/(\d{1,16})\/(.*)$/s.exec(text) ?? [];
  return space === undefined ? undefined : { transaction: Number(transaction), sequence: Number(sequence), space };
}

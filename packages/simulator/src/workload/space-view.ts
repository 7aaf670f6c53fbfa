/** One space at one moment, read by SQL in one go, so that nothing can happen in between. */
import type { SqlitePort } from "@holdfast/core/engine";

export interface Entry {
  readonly effect: string;
  readonly target: string;
  readonly amount: number;
}

export interface Board {
  readonly title: string;
  readonly tags: readonly string[];
  readonly steps: readonly string[];
  readonly typed: readonly string[];
}

export interface SpaceView {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly totals: ReadonlyMap<string, number>;
  readonly boards: ReadonlyMap<string, Board>;
  readonly receipts: ReadonlyMap<string, number>;
  readonly credits: number | undefined;
  /** Entries and receipts of the writes and requests that were refused and are kept. */
  readonly letters: ReadonlySet<string>;
}

export function readSpaceView(port: SqlitePort, space: string, letters: ReadonlySet<string>): SpaceView {
  const rows = (table: string): readonly (readonly [string, Readonly<Record<string, unknown>>])[] =>
    port.all(`SELECT * FROM ${table} WHERE space = ? ORDER BY id`, [space]).map((row) => [String(row["id"]), row]);
  const stringsOf = (json: unknown): readonly string[] => JSON.parse(String(json)) as readonly string[];
  return {
    entries: new Map(rows("entries").map(([id, row]) => [id, row as unknown as Entry])),
    totals: new Map(rows("totals").map(([id, row]) => [id, row["sum"] as number])),
    boards: new Map(
      rows("boards").map(([id, row]) => [
        id,
        {
          title: String(row["title"]),
          tags: stringsOf(row["tags"]),
          steps: stringsOf(row["steps"]),
          typed: [...String(row["body"]).matchAll(/<([^<>]+)>/g)].map((match) => match[1] as string),
        },
      ]),
    ),
    receipts: new Map(rows("receipts").map(([id, row]) => [id, row["amount"] as number])),
    credits: rows("accounts")[0]?.[1]["credits"] as number | undefined,
    letters,
  };
}

/**
 * What was done for whom: a tab that asks the owner of a store to write, and hears no answer, asks the next owner again under the same
 * key. The key is kept in the commit of what it did, so that asking again gives the first answer and never a second effect (TAB3).
 *
 * There is no window of time (trap 3). A row leaves when its tab has said that it has the answer, or, the oldest first, beyond
 * `rememberedRequestsMax`; who asks about one that may have left so is told that nobody knows.
 */
import { HoldfastError, type ReplicaId, type SqlitePort } from "@holdfast/core/engine";
import type { Once } from "../write/once.ts";
import type { Ticket } from "../write/settlements.ts";
import { readMeta, writeMeta } from "./meta.ts";

export interface RequestKey {
  /** Drawn when the tab was opened: 128 bits. */
  readonly tab: string;
  /** Counted by the tab. */
  readonly number: number;
  /** The tab has the answers of all its requests below. */
  readonly answeredBelow: number;
  /** The store's last row when the request was first sent: what is older is none of its. */
  readonly since: number;
}

/** A tab has few requests in flight, and dead tabs leave their last: enough for thousands of them. */
const rememberedRequestsMax = 4_096;

export function onceOf(key: RequestKey): Once {
  return {
    name: `${key.tab} ${key.number}`,
    find: (port) => findRequest(port, key),
    remember: (port, ticket) => rememberRequest(port, key, ticket),
  };
}

/** Throws `timeout` where the row may have been there and left. */
function findRequest(port: SqlitePort, { tab, number, since }: RequestKey): Ticket | undefined {
  const [row] = port.all("SELECT replica, space, counter FROM _requests WHERE tab = ? AND number = ?", [tab, number]);
  if (row !== undefined) return { replica: row["replica"] as ReplicaId, space: row["space"] as string, counter: row["counter"] as number };
  if (forgottenThrough(port) <= since) return undefined;
  throw new HoldfastError("timeout", "The page was away for too long: whether this was done is not known any more.", {
    origin: "disk",
    retry: false,
    advice: "Look at the data before asking again.",
  });
}

function rememberRequest(port: SqlitePort, { tab, number, answeredBelow }: RequestKey, ticket: Ticket): void {
  port.run("DELETE FROM _requests WHERE tab = ? AND number < ?", [tab, answeredBelow]);
  port.run("INSERT INTO _requests (tab, number, replica, space, counter) VALUES (?, ?, ?, ?, ?)", [
    tab,
    number,
    ticket.replica,
    ticket.space,
    ticket.counter,
  ]);
}

/**
 * Once at every opening, in an SQL transaction, before anybody asks. The table is a browser's alone, of whatever version the file is. The
 * oldest rows leave: one more for each tab that was ever there would be without bound.
 */
export function openRequests(port: SqlitePort, rowsMax = rememberedRequestsMax): void {
  port.run(
    "CREATE TABLE IF NOT EXISTS _requests (" +
      "ordinal INTEGER PRIMARY KEY AUTOINCREMENT, tab TEXT NOT NULL, number INTEGER NOT NULL, replica TEXT NOT NULL, space TEXT NOT NULL, " +
      "counter INTEGER NOT NULL, UNIQUE (tab, number))",
  );
  const [last] = port.all("SELECT ordinal FROM _requests ORDER BY ordinal DESC LIMIT 1 OFFSET ?", [rowsMax]);
  if (last === undefined) return;
  const through = last["ordinal"] as number;
  port.run("DELETE FROM _requests WHERE ordinal <= ?", [through]);
  writeMeta(port, "requestsForgotten", through);
}

/** The last row that there ever was. */
export function lastRequest(port: SqlitePort): number {
  return (port.all("SELECT seq FROM sqlite_sequence WHERE name = '_requests'")[0]?.["seq"] as number | undefined) ?? 0;
}

function forgottenThrough(port: SqlitePort): number {
  return (readMeta(port, "requestsForgotten") as number | undefined) ?? 0;
}

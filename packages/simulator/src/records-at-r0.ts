/** What r0's store holds at this moment, read past the engine. */
import type { ServerHost } from "./world/server-host.ts";

/** Of every space and collection, also while r0 is down. */
export function idsAtR0(server: ServerHost): ReadonlySet<string> {
  const rows = server.storePort?.all("SELECT record FROM records") ?? [];
  return new Set(rows.map((row) => String(row["record"])));
}

/** Up to a sequence number; undefined while r0 is down. */
export function recordsAtR0(
  server: ServerHost,
  space: string,
  collection: string,
  sequenceMax: number = Number.MAX_SAFE_INTEGER,
): ReadonlySet<string> | undefined {
  const rows = server.port?.all("SELECT record FROM records WHERE space = ? AND collection = ? AND sequence <= ?", [
    space,
    collection,
    sequenceMax,
  ]);
  return rows === undefined ? undefined : new Set(rows.map((row) => String(row["record"])));
}

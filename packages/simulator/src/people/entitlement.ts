/** What a user may know: held against every byte that reaches them. */
import { inflateRawSync } from "node:zlib";
import type { Oracle } from "../workload/oracle.ts";
import type { AccessBook } from "./access-book.ts";
import type { Mark } from "./marks.ts";

/** r0 asks for access again within half a minute (SES5), and a push that was under way then is under way a little longer. */
export const accessKnownMs = 45_000;

/** Access at any time since the write was made, or so shortly before that r0 need not have asked again. */
export function mayUserKnow(book: AccessBook, { tried }: Oracle, user: string, { space, operation }: Mark): boolean {
  const fromMs = (tried.get(operation)?.atMs ?? 0) - accessKnownMs;
  return book.wasEver(user, space, (access) => access !== "none", fromMs);
}

/** A message as carried: its first byte says whether the rest is deflated. */
export function openEnvelope(carried: Uint8Array): Uint8Array {
  return carried[0] === 1 ? inflateRawSync(carried.subarray(1)) : carried.subarray(1);
}

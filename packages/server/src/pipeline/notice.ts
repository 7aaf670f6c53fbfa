/** What a turn's followers are told once it is committed. */
import type { Notice, Sequenced } from "@holdfast/core/engine";
import type { Turn } from "./turn.ts";

/** `after`: the head before the turn. Small changes travel along. */
export function noticeOf(turn: Turn, after: number, pokeBytesMax: number): Notice {
  let bytes = 0;
  const authors = new Set<string>();
  for (const change of turn.changes) {
    bytes += change.bytes;
    authors.add(change.transaction.replica);
  }
  const [author] = authors;
  const changes: readonly Sequenced[] =
    bytes > pokeBytesMax ? [] : turn.changes.map(({ sequence, transaction }) => ({ sequence, transaction }));
  return { space: turn.space, head: turn.head, after, author: authors.size === 1 && author !== undefined ? author : "", changes };
}

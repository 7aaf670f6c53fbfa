/** A result in pieces: what a page takes in one task is bounded, and what it shows is still one result. */
import type { OwnerMessage } from "./messages.ts";

export function splitRows(message: OwnerMessage, rowsPerPostMax: number): readonly OwnerMessage[] {
  if (message.type !== "rows" || message.rows.length <= rowsPerPostMax) return [message];
  const { feed, rows } = message;
  const pieces: OwnerMessage[] = [];
  let at = 0;
  for (; at + rowsPerPostMax < rows.length; at += rowsPerPostMax)
    pieces.push({ type: "rows-ahead", feed, rows: rows.slice(at, at + rowsPerPostMax) });
  return [...pieces, { ...message, rows: rows.slice(at) }];
}

/** What a message weighs in a post. */
export function rowsIn(message: OwnerMessage): number {
  return message.type === "rows" || message.type === "rows-ahead" || message.type === "sql" ? message.rows.length : 0;
}

/**
 * No byte of one principal's data in another's replica (R3): neither on the disk, in whatever page of whatever file, nor in what r0 sends.
 * The raw bytes are looked at, not the rows: a page that SQLite has freed counts too.
 */
import { findMarks, type Mark } from "../people/marks.ts";

export interface Bytes {
  /** What they are, for the report. */
  readonly what: string;
  /** Whose they are; undefined after everything was to be gone. */
  readonly owner: string | undefined;
  readonly bytes: Uint8Array;
  /** Whether this user was ever entitled to know what the mark stands on. */
  readonly mayKnow: (user: string, mark: Mark) => boolean;
}

export function checkForeignBytes({ what, owner, bytes, mayKnow }: Bytes): readonly string[] {
  return findMarks(bytes)
    .filter((mark) => owner === undefined || (mark.user !== owner && !mayKnow(owner, mark)))
    .map(({ user, space, operation }) => `${what} of ${owner ?? "nobody"} holds what ${user} wrote in ${space} (${operation})`);
}

/** D1, D8: the file is what some commit left, no older than the last that returned and no newer than the last that was begun; never between. */
import type { SqlitePort } from "@holdfast/core/engine";
import { hashContent } from "../content.ts";
import { ProcessDied } from "../../disk/mount.ts";
import type { LaneDisk } from "../lane.ts";
import type { Finding } from "./finding.ts";

export interface Commits {
  /** The content before the first commit, and after each. */
  readonly contents: readonly string[];
  readonly returned: number;
  readonly begun: number;
}

/** Of a file that has just been opened, before anything is written to it. */
export function judgeContent(port: SqlitePort, { contents, returned, begun }: Commits): readonly Finding[] {
  const found = inspectContent(port);
  if (contents.slice(returned, begun + 1).includes(found)) return [];
  const older = contents.lastIndexOf(found, returned);
  const of = `commit ${returned} had returned, ${begun} was begun`;
  if (older >= 0) return [{ harm: "lost", check: "content", detail: `the file is as after commit ${older}, and ${of}` }];
  return [{ harm: "torn", check: "content", detail: `the file is as after no commit: ${found}; ${of}` }];
}

/** Its hash, or why there is none. */
function inspectContent(port: SqlitePort): string {
  try {
    // With WAL, before the first access.
    port.all("PRAGMA locking_mode=EXCLUSIVE");
    return hashContent(port);
  } catch (error) {
    // What it died in is judged when it is opened the next time.
    if (error instanceof ProcessDied) throw error;
    return String(error);
  }
}

/** Looks at a copy: opening a file changes it. */
export function readContent(disk: LaneDisk, file: string): string {
  const copy = disk.copy("content");
  const process = copy.boot();
  try {
    return inspectContent(process.open(file));
  } finally {
    process.bury();
    copy.release();
  }
}

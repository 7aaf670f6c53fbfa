/** What is wrong after a crash, in one word for the table and one sentence for people. */

/** `lost`: something acknowledged, shown or said is gone. `torn`: something is there in part. `stuck`: it does not open, sync or agree. */
export type Harm = "lost" | "torn" | "stuck";

export type CheckName =
  | "content"
  | "integrity"
  | "fold"
  | "log"
  | "survival"
  | "shown"
  | "cursor"
  | "counters"
  | "answers"
  | "stream"
  | "sync"
  | "reopen";

export interface Finding {
  readonly harm: Harm;
  readonly check: CheckName;
  readonly detail: string;
}

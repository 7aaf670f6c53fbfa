/**
 * The Yjs client id under which a replica types. Yjs numbers what is typed under one id: where a text goes back to before some of that (it was
 * withdrawn, or r0 has come back from a backup), the numbers would be given again, and what had them may come back from a copy of the file. Two
 * different edits with one number never converge. So another id is drawn wherever rows go back, as at each start.
 */
import type { Runtime } from "@holdfast/core/engine";

export function drawTextSession(runtime: Runtime): number {
  return 1 + Math.floor(runtime.random() * (2 ** 32 - 2));
}

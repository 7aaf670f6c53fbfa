/** What a text means: Yjs itself, given all updates at once, with nothing of ours in between. Tests only. */
import * as Y from "yjs";
import type { TextDelta } from "../text-plan.ts";
import type { Written } from "./history.ts";

export function textTwin(operations: readonly Written<TextDelta>[]): string {
  const doc = new Y.Doc();
  for (const { op } of operations) Y.applyUpdate(doc, op.update);
  return doc.getText("t").toString();
}

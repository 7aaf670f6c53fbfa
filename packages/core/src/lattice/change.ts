/** What an app asks of one field, before it has a dot. Each kind takes some of these and refuses the others. */
import type { Value } from "../base/value.ts";

export type FieldChange =
  | { readonly type: "assign"; readonly value: Value }
  | { readonly type: "increment"; readonly by: number }
  | { readonly type: "set-add"; readonly values: readonly Value[] }
  | { readonly type: "set-delete"; readonly values: readonly Value[] }
  | { readonly type: "list-insert"; readonly at: ListPlace; readonly values: readonly Value[] }
  | { readonly type: "list-edit"; readonly at: ListPlace; readonly value: Value }
  | { readonly type: "list-move"; readonly from: ListPlace; readonly to: ListPlace }
  | { readonly type: "list-delete"; readonly at: ListPlace }
  | { readonly type: "text-insert"; readonly at: number; readonly text: string }
  | { readonly type: "text-delete"; readonly at: number; readonly length: number }
  /** A Yjs update made elsewhere (an editor's binding). */
  | { readonly type: "text-update"; readonly update: Uint8Array };

/** An index among the visible items, or an item's key. As a target, the place that the item shall have. */
export type ListPlace = number | string;

/** One open text for all components that edit the same field. */
import type { AnySchema, HoldfastError, SpaceId } from "@holdfast/core";
import type { OpenText, Replica } from "@holdfast/client";
import type * as Y from "yjs";
import { toHoldfastError } from "../error.ts";
import { SharedView } from "./shared-view.ts";

export type TextState =
  | { readonly kind: "loading" }
  /** `flush` resolves when everything typed so far is on disk. */
  | { readonly kind: "open"; readonly text: Y.Text; readonly doc: Y.Doc; readonly flush: () => Promise<void> }
  /** The text cannot be opened, or what was typed cannot be kept. `error.code` says why. */
  | { readonly kind: "failed"; readonly error: HoldfastError };

/** How soon after an edit it is asked whether it could be kept, in ms. */
const checkAfterMs = 500;

type Reader = { openText(id: string, field: string): Promise<OpenText> };

export function createTextView(
  replica: Replica<AnySchema>,
  space: SpaceId,
  collection: string,
  id: string,
  field: string,
  used: (isUsed: boolean, view: SharedView<TextState>) => void,
): SharedView<TextState> {
  const view: SharedView<TextState> = new SharedView<TextState>({
    initial: { kind: "loading" },
    used: (isUsed) => used(isUsed, view),
    start(set) {
      let isOver = false;
      let end: (() => void) | undefined;
      const fail = (error: unknown): void => set({ kind: "failed", error: toHoldfastError(error) });
      openReader(replica, space, collection)
        .openText(id, field)
        .then((opened) => {
          const open = opened as OpenText<Y.Doc, Y.Text>;
          if (isOver) return open.close();
          end = follow(open, fail);
          set({ kind: "open", text: open.text, doc: open.doc, flush: () => open.flush() });
          return undefined;
        })
        .catch(fail);
      return () => {
        isOver = true;
        end?.();
      };
    },
  });
  return view;
}

/** A space that is not followed is an answer like any other, and comes as one. */
function openReader(replica: Replica<AnySchema>, space: SpaceId, collection: string): Reader {
  try {
    return (replica.space(space) as unknown as Readonly<Record<string, Reader>>)[collection] as Reader;
  } catch (error) {
    return { openText: () => Promise.reject(error) };
  }
}

/** Says soon whether edits are kept, and writes at once when the page goes out of sight: it may never come back (F44). */
function follow(open: OpenText<Y.Doc, Y.Text>, fail: (error: unknown) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const check = (): void => void open.flush().catch(fail);
  const edited = (_update: Uint8Array, _origin: unknown, _doc: Y.Doc, transaction: Y.Transaction): void => {
    if (!transaction.local) return;
    clearTimeout(timer);
    timer = setTimeout(check, checkAfterMs);
  };
  const hidden = (): void => {
    if (document.visibilityState === "hidden") check();
  };
  const page = typeof document === "undefined" ? undefined : document;
  open.doc.on("update", edited);
  page?.addEventListener("visibilitychange", hidden);
  page?.defaultView?.addEventListener("pagehide", check);
  return () => {
    clearTimeout(timer);
    open.doc.off("update", edited);
    page?.removeEventListener("visibilitychange", hidden);
    page?.defaultView?.removeEventListener("pagehide", check);
    open.close().catch(fail);
  };
}

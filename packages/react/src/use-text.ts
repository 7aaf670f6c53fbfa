/** `useText` and `useTextarea`: text that several people edit at once. */
import type { AnySchema, SpaceId } from "@holdfast/core";
import type { Replica } from "@holdfast/client";
import { type RefCallback, useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { bindTextField } from "./text/bind-text-field.ts";
import { viewsOf } from "./view/replica-views.ts";
import type { TextState } from "./view/text-view.ts";

export interface TextareaProps {
  readonly ref: RefCallback<HTMLTextAreaElement>;
  /** Until the text is there: what is typed before would be lost. */
  readonly readOnly: boolean;
  readonly "aria-busy": boolean;
}

export function useTextOf(replica: Replica<AnySchema>, space: SpaceId, collection: string, id: string, field: string): TextState {
  const view = viewsOf(replica).text(space, collection, id, field);
  const state = useSyncExternalStore(view.subscribe, view.read, view.readInitial);
  const flush = state.kind === "open" ? state.flush : undefined;
  // Whoever leaves an editor has written: not only when the text is closed, a moment later.
  useEffect(() => (flush === undefined ? undefined : () => void flush().catch(() => undefined)), [flush]);
  return state;
}

export function useTextareaOf(
  replica: Replica<AnySchema>,
  space: SpaceId,
  collection: string,
  id: string,
  field: string,
): { readonly props: TextareaProps; readonly state: TextState } {
  const state = useTextOf(replica, space, collection, id, field);
  const text = state.kind === "open" ? state.text : undefined;
  const unbind = useRef<(() => void) | undefined>(undefined);
  const ref = useCallback(
    (element: HTMLTextAreaElement | null) => {
      unbind.current?.();
      unbind.current = element === null || text === undefined ? undefined : bindTextField(element, text);
    },
    [text],
  );
  return useMemo(
    () => ({ props: { ref, readOnly: text === undefined, "aria-busy": state.kind === "loading" }, state }),
    [ref, text, state],
  );
}

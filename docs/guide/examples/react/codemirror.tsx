import { EditorState } from "@codemirror/state";
import { basicSetup, EditorView } from "codemirror";
import { useEffect, useRef } from "react";
import { yCollab } from "y-codemirror.next";
import { useText } from "./hooks.ts";

export function NoteEditor({ space, id }: { readonly space: string; readonly id: string }) {
  const place = useRef<HTMLDivElement>(null);
  const state = useText(space, "notes", id, "body");
  const text = state.kind === "open" ? state.text : undefined;
  useEffect(() => {
    if (text === undefined || place.current === null) return undefined;
    const extensions = [basicSetup, EditorView.lineWrapping, yCollab(text, null)];
    const view = new EditorView({ state: EditorState.create({ doc: text.toString(), extensions }), parent: place.current });
    return () => view.destroy();
  }, [text]);
  return (
    <>
      <div ref={place} aria-busy={state.kind === "loading"} />
      {state.kind === "failed" && <p role="alert">{state.error.message}</p>}
    </>
  );
}

import { useState } from "react";
import { useWrite } from "../hooks.ts";
import { space } from "../model/schema.ts";
import type { Note } from "./NoteList.tsx";

export function Tags({ note }: { readonly note: Note }) {
  const { write } = useWrite(space);
  const [typed, setTyped] = useState("");
  const add = (): void => {
    const tag = typed.trim().slice(0, 40);
    setTyped("");
    if (tag !== "") void write((tx) => tx.notes.set(note.id, "tags").add(tag));
  };
  return (
    <div className="tags" role="group" aria-label="Tags">
      {[...note.tags].map((tag) => (
        <span className="tag" key={tag}>
          {tag}
          <button
            type="button"
            className="tag-remove"
            aria-label={`Remove the tag ${tag}`}
            onClick={() => void write((tx) => tx.notes.set(note.id, "tags").delete(tag))}
          >
            ×
          </button>
        </span>
      ))}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <input
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={add}
          placeholder="Add a tag"
          aria-label="Add a tag"
          maxLength={40}
        />
      </form>
    </div>
  );
}

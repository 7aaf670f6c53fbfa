import type { Row } from "@holdfast/core";
import { memo } from "react";
import { type schema, useQuery, useStatus, useWrite } from "./hooks.ts";

export function Notes({ space }: { readonly space: string }) {
  const { rows, completeness, error } = useQuery(space, "notes", { orderBy: { pinned: "desc", title: "asc" }, limit: 100 });
  const { write } = useWrite(space);
  const pending = useStatus((status) => status.pending);
  if (error !== undefined) return <p role="alert">{error.message}</p>;
  return (
    <section aria-busy={completeness === "loading"}>
      <button type="button" onClick={() => void write((tx) => tx.notes.create({ title: "New note" }))}>
        New
      </button>
      <ul>
        {rows.map((note) => (
          <Note key={note.id} note={note} onPin={() => void write((tx) => tx.notes.update(note.id, { pinned: !note.pinned }))} />
        ))}
      </ul>
      <p role="status">
        {pending === 0 ? "" : `${pending} changes are on this device and not on the server yet. `}
        {completeness === "local" ? "Showing what is on this device." : ""}
      </p>
    </section>
  );
}

interface NoteProps {
  readonly note: Row<typeof schema, "notes">;
  readonly onPin: () => void;
}

/** A row that shows the same is the same object: only notes that have changed render. */
const Note = memo(
  ({ note, onPin }: NoteProps) => (
    <li>
      {note.title} <input type="checkbox" aria-label="Pinned" checked={note.pinned} onChange={onPin} />
    </li>
  ),
  (before, after) => before.note === after.note,
);

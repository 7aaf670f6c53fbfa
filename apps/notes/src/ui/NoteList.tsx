import type { Row } from "@holdfast/core";
import { memo, useMemo, useState } from "react";
import { useConflicts, useQuery, useRecord, useStatus, useWrite } from "../hooks.ts";
import { type NotesSchema, settingsId, space } from "../model/schema.ts";
import { Badge } from "./Badge.tsx";
import { usePendingRecords } from "./use-pending-notes.ts";
import { noteWords } from "./words.ts";

export type Note = Row<NotesSchema, "notes">;

export function NoteList({ selected, onSelect }: { readonly selected: string | undefined; readonly onSelect: (id: string) => void }) {
  const { record: settings } = useRecord(space, "settings", settingsId);
  const byOpened = settings?.order === "opened";
  const { rows, completeness } = useQuery(space, "notes", { orderBy: { pinned: "desc", title: "asc" } });
  const { write } = useWrite(space);
  const [wanted, setWanted] = useState("");
  const pending = usePendingRecords();
  const isConnected = useStatus(({ connection }) => connection.kind === "connected");
  const { conflicts } = useConflicts({ space, collection: "notes" });
  const conflictsByNote = useMemo(() => countBy(conflicts.map(({ record }) => record)), [conflicts]);
  const shown = useMemo(() => {
    const needle = wanted.trim().toLowerCase();
    const found = needle === "" ? rows : rows.filter((note) => matches(note, needle));
    return byOpened ? [...found].sort((a, b) => Number(b.pinned) - Number(a.pinned) || Number(b.opened) - Number(a.opened)) : found;
  }, [rows, wanted, byOpened]);

  const create = async (): Promise<void> => {
    const { value } = await write((tx) => tx.notes.create({ title: wanted.trim() }));
    setWanted("");
    onSelect(value);
  };
  return (
    <nav className="note-list" aria-label="Notes">
      <form
        className="find"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <input
          type="search"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
          placeholder="Find or add a note"
          aria-label="Find or add a note"
        />
        <button type="submit" className="primary" aria-label="New note">
          <span aria-hidden="true">+</span>
        </button>
      </form>
      {completeness === "loading" && <p className="quiet">Opening your notes …</p>}
      {completeness !== "loading" && shown.length === 0 && (
        <p className="quiet">
          {wanted === "" ? "No notes yet. Name one above." : `Nothing with “${wanted}”. Press Enter to make a note of it.`}
        </p>
      )}
      <ul>
        {shown.map((note) => (
          <NoteLine
            key={note.id}
            note={note}
            isSelected={note.id === selected}
            isPending={pending.has(note.id)}
            isConnected={isConnected}
            conflicts={conflictsByNote.get(note.id) ?? 0}
            onSelect={onSelect}
          />
        ))}
      </ul>
    </nav>
  );
}

const NoteLine = memo(function NoteLine(props: {
  readonly note: Note;
  readonly isSelected: boolean;
  readonly isPending: boolean;
  readonly isConnected: boolean;
  readonly conflicts: number;
  readonly onSelect: (id: string) => void;
}) {
  const { note, isSelected, isPending, isConnected, conflicts, onSelect } = props;
  const done = note.checklist.filter((item) => item.done).length;
  return (
    <li>
      <button type="button" className="note-line" aria-current={isSelected ? "true" : undefined} onClick={() => onSelect(note.id)}>
        <span className="note-title">
          {note.pinned && (
            <span className="pin" role="img" aria-label="Pinned">
              ★
            </span>
          )}
          {note.title === "" ? <em>Untitled</em> : note.title}
        </span>
        <span className="note-about">
          <Badge said={noteWords(isPending, conflicts, isConnected)} />
          {note.checklist.length > 0 && (
            <span className="quiet">
              {done} of {note.checklist.length} done
            </span>
          )}
          {[...note.tags].map((tag) => (
            <span className="tag" key={tag}>
              {tag}
            </span>
          ))}
        </span>
      </button>
    </li>
  );
});

function matches(note: Note, needle: string): boolean {
  return note.title.toLowerCase().includes(needle) || [...note.tags].some((tag) => tag.toLowerCase().includes(needle));
}

function countBy(keys: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

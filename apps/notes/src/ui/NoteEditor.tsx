import { useEffect, useRef, useState } from "react";
import { useConflicts, useRecord, useStatus, useTextarea, useWrite } from "../hooks.ts";
import { space } from "../model/schema.ts";
import { Badge } from "./Badge.tsx";
import { Checklist } from "./Checklist.tsx";
import type { Note } from "./NoteList.tsx";
import { Tags } from "./Tags.tsx";
import { usePendingRecords } from "./use-pending-notes.ts";
import { noteWords } from "./words.ts";

interface EditorProps {
  readonly id: string;
  readonly onBack: () => void;
  readonly onConflicts: () => void;
}

export function NoteEditor({ id, onBack, onConflicts }: EditorProps) {
  const { record: note, completeness } = useRecord(space, "notes", id);
  useCountOpening(id, note !== undefined);
  if (note === undefined)
    return (
      <section className="editor" aria-label="Note">
        <BackButton onBack={onBack} />
        {completeness === "loading" ? <p className="quiet">Opening …</p> : <p className="quiet">This note has been deleted.</p>}
      </section>
    );
  return <OpenNote key={id} note={note} onBack={onBack} onConflicts={onConflicts} />;
}

function OpenNote({ note, onBack, onConflicts }: { readonly note: Note } & Omit<EditorProps, "id">) {
  const { write } = useWrite(space);
  const { props } = useTextarea(space, "notes", note.id, "body");
  const isConnected = useStatus(({ connection }) => connection.kind === "connected");
  const pending = usePendingRecords();
  const { conflicts } = useConflicts({ space, collection: "notes", record: note.id });
  const said = noteWords(pending.has(note.id), conflicts.length, isConnected);
  return (
    <section className="editor" aria-label={note.title === "" ? "Untitled note" : note.title}>
      <header>
        <BackButton onBack={onBack} />
        <TitleField note={note} />
        <button
          type="button"
          className="icon"
          aria-pressed={note.pinned}
          aria-label={note.pinned ? "Unpin" : "Pin"}
          onClick={() => void write((tx) => tx.notes.update(note.id, { pinned: !note.pinned }))}
        >
          {note.pinned ? "★" : "☆"}
        </button>
        <button
          type="button"
          className="icon"
          aria-label="Delete note"
          onClick={() => {
            void write((tx) => tx.notes.delete(note.id)).then(onBack);
          }}
        >
          <svg viewBox="0 0 20 20" width="18" height="18" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
            <path d="M3.5 5.5h13M8 5V3.5h4V5M5.5 5.5l.8 11h7.4l.8-11M8.5 8.5v5M11.5 8.5v5" />
          </svg>
        </button>
      </header>
      <p className="note-state">
        {conflicts.length > 0 ? (
          <button type="button" className="link" onClick={onConflicts}>
            <Badge said={said} /> look
          </button>
        ) : (
          <Badge said={said} />
        )}
        <span className="quiet">opened {note.opened === 1 ? "once" : `${note.opened} times`}, on all devices together</span>
      </p>
      <Tags note={note} />
      <textarea {...props} className="body" aria-label="Text" placeholder="Write …" spellCheck={false} />
      <Checklist note={note} />
    </section>
  );
}

/** Typed locally, written when the person pauses or leaves: a register holds whole values, and each would be an entry in everybody's history. */
function TitleField({ note }: { readonly note: Note }) {
  const { write } = useWrite(space);
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const latest = useRef<string | undefined>(undefined);
  const save = (): void => {
    const title = latest.current;
    latest.current = undefined;
    setTyped(undefined);
    if (title !== undefined && title !== note.title) void write((tx) => tx.notes.update(note.id, { title: title.slice(0, 200) }));
  };
  const saveRef = useRef(save);
  saveRef.current = save;
  useEffect(() => {
    if (typed === undefined) return;
    const timer = setTimeout(() => saveRef.current(), titlePauseMs);
    return () => clearTimeout(timer);
  }, [typed]);
  useEffect(() => () => saveRef.current(), []);
  return (
    // Of several lines where one is too short to show it: what a person cannot see whole, they cannot trust.
    <textarea
      className="title"
      aria-label="Title"
      placeholder="Untitled"
      rows={1}
      maxLength={200}
      value={typed ?? note.title}
      onChange={(event) => {
        latest.current = event.target.value.replace(/\s*\n\s*/g, " ");
        setTyped(latest.current);
      }}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
        event.preventDefault();
        event.currentTarget.blur();
      }}
      onBlur={save}
    />
  );
}

const titlePauseMs = 600;

function BackButton({ onBack }: { readonly onBack: () => void }) {
  return (
    <button type="button" className="icon back" onClick={onBack} aria-label="Back to the notes">
      ‹
    </button>
  );
}

/** Once for each time that a note is opened here, whatever StrictMode does; the counter adds up what all devices counted. */
function useCountOpening(id: string, isThere: boolean): void {
  const { write } = useWrite(space);
  const counted = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (!isThere || counted.current === id) return;
    counted.current = id;
    write((tx) => tx.notes.counter(id, "opened").add(1)).catch(() => undefined);
  }, [id, isThere, write]);
}

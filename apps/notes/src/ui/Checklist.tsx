/** An ordered list whose items can be dragged, or moved with the arrow keys. An item is the same item wherever it goes (its key). */
import type { ListEntry, WriteTransaction } from "@holdfast/core";
import { useState } from "react";
import { useWrite } from "../hooks.ts";
import { type NotesSchema, space } from "../model/schema.ts";
import type { Note } from "./NoteList.tsx";
import { useDragOrder } from "./use-drag-order.ts";

type Item = Note["checklist"][number];

export function Checklist({ note }: { readonly note: Note }) {
  const { write } = useWrite(space);
  const [typed, setTyped] = useState("");
  const items = note.checklist;

  /** What the person sees at `index` is the item that is meant, even if the list has changed under the finger. */
  const withItem = (
    index: number,
    act: (tx: WriteTransaction<NotesSchema>, key: string, entries: readonly ListEntry<Item>[]) => void,
  ): void => {
    const seen = items[index];
    void write(async (tx) => {
      const entries = await tx.notes.items(note.id, "checklist");
      const at = entries[index]?.value.label === seen?.label ? index : entries.findIndex(({ value }) => value.label === seen?.label);
      const entry = entries[at];
      if (entry !== undefined) act(tx, entry.key, entries);
    });
  };
  const move = (from: number, to: number): void => {
    if (from === to || to < 0 || to >= items.length) return;
    withItem(from, (tx, key) => tx.notes.list(note.id, "checklist").move(key, to));
  };
  /** Items that say the same are told apart by which of them it is. */
  const keys = items.map((item, index) => `${item.label} ${items.slice(0, index).filter(({ label }) => label === item.label).length}`);
  const drag = useDragOrder(keys, move);
  const add = (): void => {
    const label = typed.trim().slice(0, 200);
    setTyped("");
    if (label !== "") void write((tx) => tx.notes.list(note.id, "checklist").push({ label, done: false }));
  };
  return (
    <div className="checklist" role="group" aria-label="Checklist">
      <ul ref={drag.list}>
        {items.map((item, index) => (
          <li key={keys[index]} {...drag.row(keys[index] ?? "", index)}>
            <button
              type="button"
              className="handle"
              aria-label={`Move “${item.label}”, item ${index + 1} of ${items.length}: drag, or arrow up or down`}
              {...drag.handle(keys[index] ?? "")}
              onKeyDown={(event) => {
                const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
                if (by === 0) return;
                event.preventDefault();
                move(index, index + by);
              }}
            >
              ⠿
            </button>
            <label>
              <input
                type="checkbox"
                checked={item.done}
                onChange={() => withItem(index, (tx, key) => tx.notes.list(note.id, "checklist").set(key, { ...item, done: !item.done }))}
              />
              <span>{item.label}</span>
            </label>
            <button
              type="button"
              className="icon small"
              aria-label={`Remove “${item.label}”`}
              onClick={() => withItem(index, (tx, key) => tx.notes.list(note.id, "checklist").delete(key))}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <input
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          placeholder="Add an item"
          aria-label="Add an item"
          maxLength={200}
        />
      </form>
    </div>
  );
}

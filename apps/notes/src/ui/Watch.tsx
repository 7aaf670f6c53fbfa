/** A watch: the pinned note's checklist, a counter of the day, and how things stand. */
import { useEffect } from "react";
import { useQuery, useRecord, useRequest, useStatus, useWrite } from "../hooks.ts";
import { accountId, space } from "../model/schema.ts";
import { Badge } from "./Badge.tsx";
import { syncWords } from "./words.ts";

export function Watch({ onSelect }: { readonly onSelect: (id: string | undefined) => void }) {
  const { rows, completeness } = useQuery(space, "notes", { orderBy: { pinned: "desc", title: "asc" }, limit: 1 });
  const { record: account } = useRecord(space, "accounts", accountId);
  const { request } = useRequest(space, "buyPlan");
  const { write } = useWrite(space);
  const status = useStatus();
  const [note] = rows;
  useEffect(() => onSelect(note?.id), [onSelect, note?.id]);
  return (
    <div className="watch">
      <p role="status">
        <Badge said={syncWords(status)} />
      </p>
      {note === undefined ? (
        <p className="quiet">{completeness === "loading" ? "…" : "No notes yet"}</p>
      ) : (
        <>
          <h1>{note.title === "" ? "Untitled" : note.title}</h1>
          <ul>
            {note.checklist.slice(0, 4).map((item, index) => (
              <li key={`${index} ${item.label}`}>
                <label>
                  <input
                    type="checkbox"
                    checked={item.done}
                    onChange={() =>
                      void write(async (tx) => {
                        const entries = await tx.notes.items(note.id, "checklist");
                        const entry = entries.find(({ value }) => value.label === item.label);
                        if (entry !== undefined) tx.notes.list(note.id, "checklist").set(entry.key, { ...entry.value, done: !item.done });
                      })
                    }
                  />
                  <span>{item.label}</span>
                </label>
              </li>
            ))}
          </ul>
          <p className="actions">
            <button type="button" onClick={() => void write((tx) => tx.notes.counter(note.id, "opened").add(1))}>
              Opened {String(note.opened)} +1
            </button>
            {account !== undefined && account.plan === "free" && (
              <button type="button" onClick={() => void request({ accountId, plan: "plus" })}>
                Buy Plus
              </button>
            )}
            {account !== undefined && account.plan !== "free" && <span className="tag">{account.plan}</span>}
          </p>
        </>
      )}
    </div>
  );
}

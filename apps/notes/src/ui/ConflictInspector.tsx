/** What resolutions did not keep: both sides, and one press brings the other one back. */
import type { Conflict } from "@holdfast/client";
import { useConflicts, useRecord } from "../hooks.ts";
import { space } from "../model/schema.ts";
import { Panel } from "./Panel.tsx";
import { conflictWords, valueWords } from "./words.ts";

export function ConflictInspector({ onClose }: { readonly onClose: () => void }) {
  const { conflicts, restore, dismiss } = useConflicts({ space });
  return (
    <Panel title="Changes that were not kept" onClose={onClose}>
      {conflicts.length === 0 ? (
        <p className="quiet">None. When two devices change the same thing while apart, the one that does not show is kept here.</p>
      ) : (
        <ul className="cards">
          {conflicts.map((conflict) => (
            <ConflictCard
              key={conflict.id}
              conflict={conflict}
              onRestore={() => void restore(conflict.id)}
              onDismiss={() => void dismiss(conflict.id)}
            />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function ConflictCard(props: { readonly conflict: Conflict; readonly onRestore: () => void; readonly onDismiss: () => void }) {
  const { conflict, onRestore, onDismiss } = props;
  const { record } = useRecord(space, "notes", conflict.collection === "notes" ? conflict.record : undefined);
  const { about, lost } = conflictWords(conflict);
  const kept = keptValue(record, conflict);
  return (
    <li className="card">
      <p>
        Two devices changed <strong>{about}</strong>
        {record !== undefined && record.title !== "" && conflict.field !== "title" && <> of “{record.title}”</>} while apart.
      </p>
      <dl>
        <dt>Shown</dt>
        <dd>{kept}</dd>
        <dt>Kept aside</dt>
        <dd>{lost}</dd>
      </dl>
      <p className="actions">
        <button type="button" className="primary" onClick={onRestore}>
          {conflict.field === "" ? "Delete it after all" : "Show this one instead"}
        </button>
        <button type="button" onClick={onDismiss}>
          Fine as it is
        </button>
      </p>
    </li>
  );
}

function keptValue(record: object | undefined, { field, collection, item }: Conflict): string {
  if (collection !== "notes") return "the other one";
  if (record === undefined) return "the note is not there any more";
  if (field === "") return "the note";
  if (item !== "") return "the item as you see it in the list";
  return valueWords((record as Readonly<Record<string, unknown>>)[field]);
}

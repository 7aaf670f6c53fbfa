/** Notes are there, and come back from a deletion that had not seen an edit (REC3, REC4). */
import { type Evidence, hadSeen, nameOf, type Told } from "./evidence.ts";

const editTypes = ["assign", "insert-text", "erase-text", "tag", "add-item", "set-item", "move-item", "remove-item", "count"] as const;

export function judgeRecords(evidence: Evidence): readonly string[] {
  const wrong: string[] = [];
  const deletions = evidence.all("delete");
  const edits = editTypes.flatMap((type) => evidence.all(type) as readonly (Told & { readonly record: string })[]);
  for (const created of evidence.all("create")) {
    const { id } = created.note;
    const note = evidence.notesById.get(id);
    const own = deletions.filter(({ record }) => record === id);
    const unseen = (deletion: Told): readonly Told[] =>
      edits.filter((edit) => edit.record === id && !hadSeen(deletion, edit) && !hadSeen(edit, deletion));
    const mustStay = own.every((deletion) => unseen(deletion).some(({ acknowledged }) => acknowledged));
    if (note === undefined && created.acknowledged && mustStay) wrong.push(`The note ${id} of ${nameOf(created)} is gone.`);
    if (note === undefined) continue;
    for (const deletion of own.filter(({ acknowledged }) => acknowledged)) {
      if (unseen(deletion).length === 0)
        wrong.push(`The deletion ${nameOf(deletion)} of ${id} is lost: the note is there, and nobody else edited it.`);
      else if (!evidence.conflicts.some(({ collection, record, field }) => collection === "notes" && record === id && field === ""))
        wrong.push(`${id} came back from the deletion ${nameOf(deletion)}, and no conflict log says so.`);
    }
  }
  return wrong;
}

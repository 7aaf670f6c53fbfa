/** Texts: all edits merge, character by character (TXT4): every marker is there once, and of the imported text only what was erased is missing. */
import { type Evidence, nameOf } from "./evidence.ts";
import { markerText } from "./ledger.ts";

export function judgeTexts(evidence: Evidence): readonly string[] {
  return [...judgeMarkers(evidence), ...judgeImported(evidence)];
}

function judgeMarkers(evidence: Evidence): readonly string[] {
  const wrong: string[] = [];
  const erasures = evidence.all("erase-text");
  const known = new Set<string>();
  for (const insert of evidence.all("insert-text")) {
    known.add(insert.marker);
    const note = evidence.notesById.get(insert.record);
    if (note === undefined) continue;
    const count = note.body.split(`⟨${insert.marker}⟩ `).length - 1;
    const own = erasures.filter(({ record, marker }) => record === insert.record && marker === insert.marker);
    const isErased = own.some(({ acknowledged }) => acknowledged);
    if (count > 1) wrong.push(`The text ${insert.marker} is ${count} times in ${insert.record}.`);
    if (count === 0 && insert.acknowledged && own.length === 0) wrong.push(`The text ${nameOf(insert)} in ${insert.record} is lost.`);
    if (count === 1 && isErased) wrong.push(`The text ${nameOf(insert)} in ${insert.record} was erased and is there.`);
  }
  for (const { id, body } of evidence.notesById.values())
    for (const [, marker] of body.matchAll(markerText))
      if (!known.has(marker as string)) wrong.push(`${id} holds the text ${String(marker)}, which nobody typed.`);
  return wrong;
}

function judgeImported(evidence: Evidence): readonly string[] {
  const wrong: string[] = [];
  for (const { note, acknowledged } of evidence.all("create")) {
    const shown = evidence.notesById.get(note.id);
    if (shown === undefined || !acknowledged) continue;
    const rest = shown.body.replaceAll(markerText, "");
    const erased = evidence.all("erase-text").filter(({ record, marker }) => record === note.id && marker === undefined);
    const missing = note.body.length - rest.length;
    const missingMax = erased.reduce((total, edit) => total + edit.erased.length, 0);
    const missingMin = Math.max(0, ...erased.filter((edit) => edit.acknowledged).map((edit) => edit.erased.length));
    if (!isSubsequence(rest, note.body)) wrong.push(`The text of ${note.id} is not what was imported, less what was erased.`);
    else if (missing > missingMax) wrong.push(`${note.id} lacks ${missing} characters of its text, and ${missingMax} were erased.`);
    else if (missing < missingMin) wrong.push(`${note.id} still has text that was erased.`);
  }
  return wrong;
}

function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (let index = 0; index < whole.length && at < part.length; index++) if (whole[index] === part[at]) at++;
  return at === part.length;
}

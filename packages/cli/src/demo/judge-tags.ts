/** Tags: an add survives a remove that has not seen it, and a remove takes what it has seen (SET2, SET5). */
import { type EditOf, type Evidence, groupBy, nameOf, type Told } from "./evidence.ts";

type TagEdit = Told<EditOf<"tag">>;

/** Beyond so many undecided writes on one tag, either answer is accepted. */
const undecidedMax = 8;

export function judgeTags(evidence: Evidence): readonly string[] {
  const wrong: string[] = [];
  for (const edits of groupBy(allTagEdits(evidence), ({ record, tag }) => `${record} ${tag}`).values()) {
    const { record, tag } = edits[0] as TagEdit;
    const note = evidence.notesById.get(record);
    if (note === undefined) continue;
    const possible = outcomesOf(edits);
    const present = note.tags.includes(tag);
    if (possible.has(present)) continue;
    const by = edits.map((edit) => `${edit.present ? "added" : "removed"} by ${nameOf(edit)}`).join(", ");
    wrong.push(`The tag "${tag}" of ${record} is ${present ? "there" : "lost"}: ${by}.`);
  }
  for (const note of evidence.notesById.values())
    if (new Set(note.tags).size !== note.tags.length) wrong.push(`A tag of ${note.id} is there twice.`);
  return wrong;
}

function allTagEdits(evidence: Evidence): readonly TagEdit[] {
  const created = evidence
    .all("create")
    .flatMap(({ device, number, act, acknowledged, note }) =>
      note.tags.map((tag): TagEdit => ({ type: "tag", record: note.id, tag, present: true, device, number, act, acknowledged })),
    );
  return [...created, ...evidence.all("tag")];
}

/** With every choice of the undecided writes. */
function outcomesOf(edits: readonly TagEdit[]): ReadonlySet<boolean> {
  const undecided = edits.filter(({ acknowledged }) => !acknowledged);
  if (undecided.length > undecidedMax) return new Set([true, false]);
  const outcomes = new Set<boolean>();
  for (let chosen = 0; chosen < 2 ** undecided.length; chosen++)
    outcomes.add(outcomeOf(edits.filter((edit) => edit.acknowledged || (chosen & (1 << undecided.indexOf(edit))) !== 0)));
  return outcomes;
}

function outcomeOf(edits: readonly TagEdit[]): boolean {
  let present = false;
  for (const act of [...new Set(edits.map((edit) => edit.act))].sort((a, b) => a - b)) {
    const inAct = edits.filter((edit) => edit.act === act);
    const lasts = [...groupBy(inAct, ({ device }) => device).values()].map((own) =>
      own.reduce((last, edit) => (edit.number > last.number ? edit : last)),
    );
    present = lasts.some((last) => last.present) || (present && inAct.every((edit) => edit.present));
  }
  return present;
}

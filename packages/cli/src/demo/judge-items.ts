/** Checklists: all inserts survive, moves lose no item, of concurrent edits of one item one is shown and the other kept (LST2, LST4 to LST6). */
import { isAccountedFor } from "./judge-fields.ts";
import { type Item, rootLabel } from "./ledger.ts";
import { type EditOf, type Evidence, groupBy, hadSeen, isSame, nameOf, type Told } from "./evidence.ts";

type ItemEdit = Told<EditOf<"set-item"> | EditOf<"move-item"> | EditOf<"remove-item">>;

interface ShownItem {
  readonly key: string;
  readonly value: Item;
}

export function judgeItems(evidence: Evidence): readonly string[] {
  const edits: readonly ItemEdit[] = [...evidence.all("set-item"), ...evidence.all("move-item"), ...evidence.all("remove-item")];
  const wrong = [...evidence.sharedItems.keys()].flatMap((record) => judgeShared(evidence, record, edits));
  return [...wrong, ...judgeAdded(evidence, edits)];
}

/** Items that all knew: named by their keys. */
function judgeShared(evidence: Evidence, record: string, edits: readonly ItemEdit[]): readonly string[] {
  const note = evidence.notesById.get(record);
  const shared = evidence.sharedItems.get(record);
  if (note === undefined || shared === undefined) return [];
  const editsByKey = groupBy(
    edits.filter((edit) => edit.record === record),
    ({ key }) => key,
  );
  const shownByKey = groupBy(note.items, ({ key }) => key);
  return [...shared].flatMap(([key, { label }]) =>
    judgeItem(evidence, `"${label}" of ${record}`, shownByKey.get(key) ?? [], true, editsByKey.get(key) ?? []),
  );
}

/** Items that one device added since: named by their labels, since nobody knew their keys yet. */
function judgeAdded(evidence: Evidence, edits: readonly ItemEdit[]): readonly string[] {
  const wrong: string[] = [];
  const added = evidence.all("add-item");
  for (const add of added) {
    const note = evidence.notesById.get(add.record);
    if (note === undefined) continue;
    const shown = note.items.filter(({ value }) => rootLabel(value.label) === add.label);
    const keys = new Set([
      ...shown.map(({ key }) => key),
      ...edits.flatMap((edit) => (edit.type !== "move-item" && rootLabel(edit.was.label) === add.label ? [edit.key] : [])),
    ]);
    const own = edits.filter((edit) => edit.record === add.record && keys.has(edit.key));
    wrong.push(...judgeItem(evidence, `"${add.label}" of ${add.record}`, shown, add.acknowledged, own));
  }
  const labels = new Set(added.map(({ label }) => label));
  for (const [record, shared] of evidence.sharedItems)
    for (const { key, value } of evidence.notesById.get(record)?.items ?? [])
      if (!shared.has(key) && !labels.has(rootLabel(value.label)))
        wrong.push(`${record} holds the item "${value.label}", which nobody added.`);
  return wrong;
}

function judgeItem(
  evidence: Evidence,
  name: string,
  shown: readonly ShownItem[],
  wasAcknowledged: boolean,
  edits: readonly ItemEdit[],
): readonly string[] {
  const wrong: string[] = [];
  const removals = edits.filter(({ type }) => type === "remove-item");
  if (shown.length > 1) wrong.push(`The item ${name} is there ${shown.length} times.`);
  if (shown.length === 0 && wasAcknowledged && removals.length === 0) wrong.push(`The item ${name} is lost.`);
  const isFinal = (removal: ItemEdit): boolean =>
    removal.acknowledged && edits.every((edit) => edit.type === "remove-item" || hadSeen(removal, edit));
  if (shown.length > 0 && removals.some(isFinal)) wrong.push(`The item ${name} was removed and is there.`);
  for (const edit of edits) {
    if (edit.type !== "set-item" || !edit.acknowledged) continue;
    const isKept = (other: ItemEdit): boolean => {
      if (other.type === "move-item") return false;
      if (other.type === "remove-item") return shown.length === 0;
      if (shown.some(({ value }) => isSame(value, other.value))) return true;
      return evidence.conflicts.some(
        ({ record, item, value }) => record === other.record && item === other.key && isSame(value, other.value),
      );
    };
    const superseding = edits.filter(({ type }) => type !== "move-item");
    if (!isAccountedFor<ItemEdit>(edit, superseding, isKept)) wrong.push(`The edit ${nameOf(edit)} of the item ${name} is lost.`);
  }
  return wrong;
}

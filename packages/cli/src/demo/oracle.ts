/**
 * Knows every write that a device has told of, and says what of the acknowledged ones is missing from the state that all have
 * converged to. A value may be gone only for a reason that the documentation gives: its author overwrote it, it is in a conflict
 * log or a dead letter, or somebody who had seen it deleted it. What was begun and never acknowledged may be there or not.
 */
import { type EditOf, type Evidence, isSame, type Told } from "./evidence.ts";
import { judgeCounters, judgeRegisters } from "./judge-fields.ts";
import { judgeItems } from "./judge-items.ts";
import { judgeRecords } from "./judge-records.ts";
import { judgeTags } from "./judge-tags.ts";
import { judgeTexts } from "./judge-texts.ts";
import type { Edit, Item, Shown, Write } from "./ledger.ts";
import type { DeviceName } from "./schema.ts";

export class Oracle {
  readonly #writes = new Map<string, { readonly write: Write; acknowledged: boolean }>();
  #sharedItems: ReadonlyMap<string, ReadonlyMap<string, Item>> = new Map();

  begun(write: Write): void {
    this.#writes.set(`${write.device} ${write.number}`, { write, acknowledged: false });
  }

  acknowledged(device: DeviceName, number: number): void {
    const found = this.#writes.get(`${device} ${number}`);
    if (found === undefined) throw new Error(`${device} acknowledged write ${number}, which it never began.`);
    found.acknowledged = true;
  }

  /** All devices are in step: what is shown now, everybody has seen. */
  inStep(shown: Shown): void {
    this.#sharedItems = new Map(shown.notes.map(({ id, items }) => [id, new Map(items.map(({ key, value }) => [key, value]))]));
  }

  /** Acknowledged writes. */
  count(device?: DeviceName): number {
    let count = 0;
    for (const { write, acknowledged } of this.#writes.values())
      if (acknowledged && (device === undefined || write.device === device)) count++;
    return count;
  }

  /** Of the acknowledged writes of an act after the import, in which each edit is one operation. */
  countOperations(act: number): number {
    const writes = [...this.#writes.values()].filter(({ write, acknowledged }) => acknowledged && write.act === act);
    return writes.reduce((count, { write }) => count + write.edits.length, 0);
  }

  nextNumber(device: DeviceName): number {
    let last = 0;
    for (const { write } of this.#writes.values()) if (write.device === device) last = Math.max(last, write.number);
    return last + 1;
  }

  /** One sentence for each thing that is lost, doubled, invented, or shown differently by two devices. */
  judge(shownByDevice: ReadonlyMap<DeviceName, Shown>): readonly string[] {
    const [first, ...others] = [...shownByDevice];
    if (first === undefined) return ["No device shows anything."];
    const [firstName, shown] = first;
    const wrong = others.flatMap(([name, other]) => compareShown(firstName, shown, name, other));
    const evidence = this.#gather(shown, [...shownByDevice.values()]);
    return [
      ...wrong,
      ...judgeRecords(evidence),
      ...judgeRegisters(evidence),
      ...judgeTags(evidence),
      ...judgeTexts(evidence),
      ...judgeItems(evidence),
      ...judgeCounters(evidence),
    ];
  }

  #gather(shown: Shown, all: readonly Shown[]): Evidence {
    const edits = [...this.#writes.values()].flatMap(({ write: { device, number, act, edits: of }, acknowledged }) =>
      of.map((edit): Told => ({ ...edit, device, number, act, acknowledged })),
    );
    const notesById = new Map(shown.notes.map((note) => [note.id, note]));
    const deleted = new Set(edits.filter(({ type }) => type === "delete").map((edit) => (edit as Told<EditOf<"delete">>).record));
    return {
      all: <T extends Edit["type"]>(type: T) => edits.filter((edit): edit is Told<EditOf<T>> => edit.type === type),
      shown,
      notesById,
      conflicts: all.flatMap(({ conflicts }) => conflicts),
      letters: all.flatMap(({ letters }) => letters),
      sharedItems: this.#sharedItems,
      isDeleted: (record) => deleted.has(record) && !notesById.has(record),
    };
  }
}

function compareShown(name: string, shown: Shown, otherName: string, other: Shown): readonly string[] {
  const ids = new Set([...shown.notes, ...other.notes].map(({ id }) => id));
  const wrong: string[] = [];
  for (const id of ids) {
    const [one, two] = [shown, other].map(({ notes }) => notes.find((note) => note.id === id));
    if (!isSame(one, two)) wrong.push(`${name} and ${otherName} show different notes ${id}.`);
  }
  if (!isSame(shown.others, other.others)) wrong.push(`${name} and ${otherName} show different settings or accounts.`);
  return wrong;
}

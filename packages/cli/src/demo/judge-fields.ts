/** Registers: a value that is not shown was overwritten by somebody who had seen it, or is in a conflict log (REG2, REG3). Counters: every increment once (CNT2). */
import type { Value } from "@holdfast/core";
import { type EditOf, type Evidence, groupBy, hadSeen, isSame, nameOf, type Told } from "./evidence.ts";

type Assign = Told<EditOf<"assign">>;

export function judgeRegisters(evidence: Evidence): readonly string[] {
  const wrong: string[] = [];
  for (const [key, writes] of groupBy(allAssigns(evidence), ({ collection, record, field }) => `${collection} ${record} ${field}`)) {
    const { collection, record, field } = writes[0] as Assign;
    if (evidence.isDeleted(record)) continue;
    const row = collection === "notes" ? evidence.notesById.get(record) : evidence.shown.others[`${collection}/${record}`];
    const value = (row as Readonly<Record<string, Value>> | undefined)?.[field];
    const kept = evidence.conflicts.filter(
      (conflict) => conflict.collection === collection && conflict.record === record && conflict.field === field,
    );
    const letters = evidence.letters.flatMap(({ values }) => values).filter((letter) => letter.record === record && letter.field === field);
    const isKept = (write: Assign): boolean =>
      isSame(write.value, value) ||
      kept.some((conflict) => isSame(conflict.value, write.value)) ||
      letters.some(({ values }) => values.some((each) => isSame(each, write.value)));
    for (const write of writes)
      if (write.acknowledged && !isAccountedFor(write, writes, isKept))
        wrong.push(`The ${field} ${JSON.stringify(write.value)} that ${nameOf(write)} gave ${record} is lost.`);
    if (!writes.some((write) => isSame(write.value, value))) wrong.push(`The ${key} is ${JSON.stringify(value)}, which nobody wrote.`);
  }
  return wrong;
}

/** A creation gives the title. */
function allAssigns(evidence: Evidence): readonly Assign[] {
  const created = evidence.all("create").map((create): Assign => {
    const { device, number, act, acknowledged, note } = create;
    return { type: "assign", collection: "notes", record: note.id, field: "title", value: note.title, device, number, act, acknowledged };
  });
  return [...created, ...evidence.all("assign")];
}

/** A later write that was never acknowledged supersedes only if it is found itself. */
export function isAccountedFor<T extends Told>(write: T, writes: readonly T[], isKept: (write: T) => boolean): boolean {
  if (isKept(write)) return true;
  return writes.some((later) => hadSeen(later, write) && (later.acknowledged || isAccountedFor(later, writes, isKept)));
}

export function judgeCounters(evidence: Evidence): readonly string[] {
  const wrong: string[] = [];
  for (const [record, counts] of groupBy(evidence.all("count"), (count) => count.record)) {
    const note = evidence.notesById.get(record);
    if (note === undefined) continue;
    const acknowledged = sum(counts.filter((count) => count.acknowledged));
    const begun = sum(counts);
    if (note.opened < acknowledged) wrong.push(`${record} was opened ${note.opened} times, and ${acknowledged} were acknowledged.`);
    if (note.opened > begun) wrong.push(`${record} was opened ${note.opened} times, and only ${begun} were ever begun.`);
  }
  return wrong;
}

function sum(counts: readonly { readonly by: number }[]): number {
  return counts.reduce((total, { by }) => total + by, 0);
}

/** What a field must show, by its kind: between what is certain, and that with everything that is possible. */
import type { Kind, Value } from "@holdfast/core/engine";
import { effectsOn, type Past } from "../app-history.ts";
import { type Effect, valueKey } from "../told-transaction.ts";

export interface FieldCase {
  readonly key: string;
  readonly field: string;
  readonly kind: Kind;
  readonly initial: Value;
  /** Never deleted, so that nothing of it is forgotten. */
  readonly past: readonly Past[];
  readonly shown: Value | undefined;
}

type Change = Exclude<Effect, { readonly type: "create" | "update" | "delete" }>;

export function judgeField(judged: FieldCase): readonly string[] {
  switch (judged.kind) {
    case "register":
      return judgeRegister(judged);
    case "counter":
      return judgeRange(judged, (change) => (change.type === "count" ? change.by : 0), judged.shown as number, "counts");
    case "text":
      return judgeRange(
        judged,
        (change) => (change.type === "type" ? change.text.length : 0),
        (judged.shown as string).length,
        "is as long as",
      );
    case "set":
      return judgeSet(judged);
    case "list":
      return judgeList(judged);
    default:
      return [];
  }
}

function judgeRegister({ key, field, initial, past, shown }: FieldCase): readonly string[] {
  const written = past.flatMap((each) => effectsOn(each, key).flatMap((effect) => valuesOf(effect, field)));
  const isKnown = [initial, ...written].some((value) => valueKey(value) === valueKey(shown));
  return isKnown ? [] : [`shows ${valueKey(shown)}, which nobody wrote`];
}

function valuesOf(effect: Effect, field: string): readonly unknown[] {
  return (effect.type === "create" || effect.type === "update") && field in effect.fields ? [effect.fields[field]] : [];
}

/** Exactly what is certain, and of what is possible any part. */
function judgeRange(judged: FieldCase, amountOf: (change: Change) => number, shown: number, what: string): readonly string[] {
  if (!isPredicted(judged)) return [];
  let certain = 0;
  let [low, high] = [0, 0];
  for (const each of judged.past) {
    const amount = changesOf(each, judged).reduce((sum, change) => sum + amountOf(change), 0);
    if (each.isCertain) certain += amount;
    else [low, high] = [low + Math.min(0, amount), high + Math.max(0, amount)];
  }
  if (shown >= certain + low && shown <= certain + high) return [];
  const expected = low === high ? `${certain}` : `${certain + low} to ${certain + high}`;
  return [`${what} ${shown}, and what was acknowledged makes ${expected}`];
}

function judgeSet(judged: FieldCase): readonly string[] {
  const { field, key, past, shown } = judged;
  const held = new Set((shown as readonly Value[]).map(valueKey));
  const wrong: string[] = [];
  const added = new Map<string, boolean>();
  const removed = new Set<string>();
  for (const each of past)
    for (const effect of effectsOn(each, key)) {
      const elements =
        effect.type === "add" && effect.field === field ? effect.elements : ((valuesOf(effect, field)[0] ?? []) as readonly unknown[]);
      for (const element of elements.map(valueKey)) added.set(element, (added.get(element) ?? false) || each.isCertain);
      if (effect.type === "remove" && effect.field === field) for (const element of effect.elements.map(valueKey)) removed.add(element);
    }
  for (const [element, isCertain] of added)
    if (isCertain && !removed.has(element) && !held.has(element)) wrong.push(`lacks ${element}, which was added and never removed`);
  for (const element of held) if (!added.has(element)) wrong.push(`holds ${element}, which nobody added`);
  return wrong;
}

/** An item for each that was put in: no more, and none less. */
function judgeList(judged: FieldCase): readonly string[] {
  if (!isPredicted(judged)) return [];
  const counts = new Map<string, { certain: number; possible: number; shown: number }>();
  const countOf = (item: unknown): { certain: number; possible: number; shown: number } => {
    const name = valueKey(item);
    let count = counts.get(name);
    if (count === undefined) counts.set(name, (count = { certain: 0, possible: 0, shown: 0 }));
    return count;
  };
  for (const each of judged.past)
    for (const change of changesOf(each, judged))
      for (const item of change.type === "insert" ? change.elements : []) countOf(item)[each.isCertain ? "certain" : "possible"]++;
  for (const item of judged.shown as readonly Value[]) countOf(item).shown++;
  return [...counts]
    .filter(([, { certain, possible, shown }]) => shown < certain || shown > certain + possible)
    .map(
      ([item, { certain, possible, shown }]) =>
        `holds ${item} ${shown} times, and it was put in ${range(certain, certain + possible)} times`,
    );
}

function range(low: number, high: number): string {
  return low === high ? `${low}` : `${low} to ${high}`;
}

/** Not where something was erased or edited, and not where a creation brought content of its own: two such creations are one record. */
function isPredicted({ key, field, past }: FieldCase): boolean {
  return past.every((each) =>
    effectsOn(each, key).every((effect) => valuesOf(effect, field).length === 0 && !(effect.type === "rework" && effect.field === field)),
  );
}

function changesOf(past: Past, { key, field }: FieldCase): readonly Change[] {
  return effectsOn(past, key).filter((effect): effect is Change => "field" in effect && effect.field === field);
}

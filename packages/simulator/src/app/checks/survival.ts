/** In the end, every device shows what the history of writes predicts: each acknowledged one, once, and nothing that nobody wrote. */
import type { CollectionSpec, SchemaSpec } from "@holdfast/core/engine";
import { effectsOn, type History, type Past } from "../app-history.ts";
import type { AppView } from "../app-view.ts";
import { type AnyRow, recordKey } from "../told-transaction.ts";
import { judgeField } from "./judge-field.ts";

/** `isServers`: r0 itself has written there, and nothing is predicted. */
export function judgeSurvival(schema: SchemaSpec, history: History, view: AppView, isServers: (key: string) => boolean): readonly string[] {
  const wrong: string[] = [];
  for (const [key, past] of history.byRecord) {
    if (isServers(key)) continue;
    const [collection, record] = splitKey(key);
    const row = view.rows.get(collection)?.get(record);
    const spec = schema.collections.get(collection);
    if (spec !== undefined) wrong.push(...judgeRecord(key, spec, past, row, history.everDeleted.has(key)));
  }
  for (const [collection, rows] of view.rows)
    for (const record of rows.keys()) {
      const key = recordKey({ collection, record });
      if (!isServers(key) && !history.everTouched.has(key)) wrong.push(`${key} is there, and nobody wrote it`);
    }
  return wrong;
}

function judgeRecord(
  key: string,
  spec: CollectionSpec,
  past: readonly Past[],
  row: AnyRow | undefined,
  isDeleted: boolean,
): readonly string[] {
  if (isDeleted) return isGoneForGood(key, past) && row !== undefined ? [`${key} was deleted by who had seen it, and is there`] : [];
  const isCreated = (each: Past): boolean => effectsOn(each, key).some(({ type }) => type === "create");
  if (row === undefined) {
    const creator = past.find((each) => each.isCertain && isCreated(each));
    return creator === undefined ? [] : [`${key} was created by ${creator.operation}, which was acknowledged, and is lost`];
  }
  if (!past.some(isCreated)) return [`${key} is there, and nobody created it`];
  const fields = [...spec.fields].filter(([, { kind }]) => kind !== "arbitrated");
  return fields.flatMap(([field, { kind, initial }]) =>
    judgeField({ key, field, kind, initial, past, shown: row[field] }).map((what) => `${key}.${field} ${what}`),
  );
}

/** Only one device ever touched it, all of that is certain, and the last of it was the deletion: nobody can have revived it. */
function isGoneForGood(key: string, past: readonly Past[]): boolean {
  const last = past.at(-1);
  return (
    last !== undefined &&
    past.every(({ device, isCertain }) => isCertain && device === last.device) &&
    effectsOn(last, key).at(-1)?.type === "delete"
  );
}

export function splitKey(key: string): readonly [string, string] {
  const at = key.indexOf("/");
  return [key.slice(0, at), key.slice(at + 1)];
}

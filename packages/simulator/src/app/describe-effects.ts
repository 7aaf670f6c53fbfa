/** What a transaction changes, in a line. */
import type { Effect } from "./told-transaction.ts";

const shownMax = 160;

export function describeEffects(effects: readonly Effect[]): string {
  const text = effects.length === 0 ? "nothing" : effects.map(describeEffect).join("; ");
  return clip(text, shownMax);
}

export function describeValue(value: unknown): string {
  const text = JSON.stringify(value, (_key, each: unknown) => {
    if (typeof each === "bigint") return `${each}n`;
    return each instanceof Uint8Array ? `${each.length} bytes` : each;
  });
  return clip(text ?? "nothing", shownMax);
}

function describeEffect(effect: Effect): string {
  const record = `${effect.collection} ${effect.record}`;
  switch (effect.type) {
    case "create":
      return `new ${record} ${describeFields(effect.fields)}`.trimEnd();
    case "update":
      return `${record}: ${describeFields(effect.fields)}`;
    case "delete":
      return `deletes ${record}`;
    case "count":
      return `${record}.${effect.field} ${effect.by < 0 ? "−" : "+"} ${Math.abs(effect.by)}`;
    case "add":
      return `${record}.${effect.field} with ${describeAll(effect.elements)}`;
    case "remove":
      return `${record}.${effect.field} without ${describeAll(effect.elements)}`;
    case "insert":
      return `${record}.${effect.field}: ${describeAll(effect.elements)} put in`;
    case "type":
      return `${record}.${effect.field}: types ${describeValue(effect.text)}`;
    case "rework":
      return `${record}.${effect.field} rearranged`;
  }
}

function describeFields(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([field, value]) => `${field} = ${describeValue(value)}`)
    .join(", ");
}

function describeAll(elements: readonly unknown[]): string {
  return elements.map(describeValue).join(", ");
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

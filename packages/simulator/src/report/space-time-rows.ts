/** What a space-time diagram shows of a run: a row for each thing that matters, and when it happened. */
import { type Line, eventToLine } from "../conversation/event-lines.ts";
import type { MessageEvent, TraceEvent } from "../world/trace-event.ts";

export interface Row {
  readonly atMs: number;
  readonly text: string;
  readonly event: TraceEvent;
}

/** A run that goes on and on is shown by its beginning and its end. */
const rowsMax = 120;
const rowsAtFirst = 40;

/** Undefined: the gap in a run that is too long to be shown. */
export function rowsOf(events: readonly TraceEvent[]): readonly (Row | undefined)[] {
  const rows: Row[] = [];
  const words = new Map<string, string>();
  for (const event of events) if (event.type === "did") words.set(event.operation, joinWords(words.get(event.operation), event.words));
  for (const event of events) {
    const line = lineOf(event, words);
    if (line !== undefined) rows.push({ ...line, event });
  }
  rows.sort((one, other) => one.atMs - other.atMs);
  const told = rows.filter((row, index) => row.text !== rows[index - 1]?.text);
  if (told.length <= rowsMax) return told;
  return [...told.slice(0, rowsAtFirst), undefined, ...told.slice(rowsAtFirst - rowsMax)];
}

/** Greetings are left out where they come to pass: they are the same every time. */
export function isShownMessage(event: TraceEvent): event is MessageEvent & { readonly atMs: number } {
  if (event.type !== "message" || eventToLine(event) === undefined) return false;
  return event.fate !== "arrived" || !/^(hello|welcome)\b/.test(event.says);
}

function lineOf(event: TraceEvent, words: ReadonlyMap<string, string>): Line | undefined {
  switch (event.type) {
    case "operation": {
      const { id, effect } = event.operation;
      if (effect === "read") return undefined;
      const done = words.get(id);
      return { atMs: event.atMs, text: `${event.machine}: ${effect}${done === undefined ? "" : ` – ${done}`}` };
    }
    case "answered":
      return event.status === "confirmed"
        ? undefined
        : { atMs: event.atMs, text: `${event.machine} hears: ${event.status} (${event.code})` };
    case "start":
      return event.atMs === 0 || event.machine.startsWith("r0.") ? undefined : eventToLine(event);
    case "message":
      return isShownMessage(event) ? eventToLine(event) : undefined;
    case "closed":
    case "acknowledged":
    case "missed":
    case "did":
      return undefined;
    default:
      return eventToLine(event);
  }
}

function joinWords(before: string | undefined, words: string): string {
  return before === undefined ? words : `${before}; ${words}`;
}

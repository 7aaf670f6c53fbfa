/** The events of a run as sentences: what people did, what the network did, what died. What only keeps a conversation going is left out. */
import type { MessageEvent, TraceEvent } from "../world/trace-event.ts";
import { faultInWords } from "./fault-words.ts";
import { inWords } from "./units.ts";

export interface Line {
  readonly atMs: number;
  readonly text: string;
}

export function eventToLine(event: TraceEvent): Line | undefined {
  const text = eventInWords(event);
  return text === undefined ? undefined : { atMs: event.type === "message" ? event.sentMs : event.atMs, text };
}

function eventInWords(event: TraceEvent): string | undefined {
  switch (event.type) {
    case "start":
      return `${event.machine} starts.`;
    case "death":
      return `${event.machine} ${event.power ? "has no power any more" : "dies"}, after ${event.diskOperation} operations of its disk; it is down for ${inWords(event.downMs)}.`;
    case "operation": {
      const { id, effect, target, amount, space } = event.operation;
      if (effect === "read") return `${event.machine} looks at space-${space}.`;
      // Of an app's own operation, the name says all that the plan knows; what it did follows.
      return `${event.machine} does "${id}" in space-${space}: ${target === "" ? effect : `${effect} ${target}, ${amount}`}.`;
    }
    case "did":
      return `"${event.operation}": ${event.words}`;
    case "missed":
      return `Nobody does "${event.operation.id}": device-${event.operation.device} is down, or not there.`;
    case "acknowledged":
      return `${event.machine} acknowledges "${event.operation}": it is on disk.`;
    case "unwritten":
      return `${event.machine} cannot write "${event.operation}": ${event.why}.`;
    case "answered":
      return `${event.machine} hears that "${event.operation}" is ${event.status}${event.code === "" ? "" : ` (${event.code})`}.`;
    case "fault":
      return `FAULT: ${faultInWords(event.fault)}.`;
    case "closed":
      return `${event.machine} is without a connection: ${event.why}.`;
    case "message":
      return messageInWords(event);
    case "peace":
      return "PEACE: everything heals.";
    case "failure":
      return `WRONG (${event.checker}): ${event.detail}`;
    case "open":
    case "opened":
    case "head":
    case "status":
    case "note":
      return undefined;
    case "conflict":
      return `${event.machine} finds that "${event.loser}" has lost to "${event.winner}" (${event.place}).`;
  }
}

function messageInWords({ sender, receiver, says, fate, arrivedMs, sentMs }: MessageEvent): string | undefined {
  if (fate === "arrived" && isIdle(says)) return undefined;
  const delay = arrivedMs - sentMs;
  const ends = {
    arrived: delay >= 1_000 ? `, and takes ${inWords(delay)}` : "",
    cut: " – and the link is cut: it never arrives",
    swallowed: " – and it is swallowed: nobody hears of it",
    lost: " – and it never arrives: its link has broken, or its receiver is gone",
  } as const;
  return `${sender} → ${receiver}: ${says}${ends[fate]}.`;
}

/** Asking for news, and there being none. */
function isIdle(says: string): boolean {
  return /^(ping|pong|pull |\S+: page of 0 changes|\S+: poke at \d+$)/.test(says);
}

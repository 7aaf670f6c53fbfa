/** The state of things in words that a person understands, who does not know what a replica is. */
import type { Conflict, ReplicaStatus } from "@holdfast/client";
import type { Plan } from "../model/schema.ts";

export const planNames: Readonly<Record<Plan, string>> = { free: "Free", plus: "Plus", pro: "Pro" };

export type Tone = "good" | "busy" | "away" | "attention";

export interface Said {
  readonly tone: Tone;
  readonly short: string;
  readonly long: string;
}

const blockedWords: Readonly<Record<string, string>> = {
  unauthenticated: "Sign in again to send your changes.",
  "wrong-principal": "These notes belong to somebody else who used this device.",
  "client-too-old": "Update the app to send your changes.",
  "server-too-old": "The server is being updated.",
};

export function syncWords(status: ReplicaStatus): Said {
  const { connection, pending } = status;
  const waiting =
    pending === 0 ? "" : ` ${pending === 1 ? "One change waits" : `${pending} changes wait`} on this device, safe on its disk.`;
  if (status.phase === "stopped")
    return { tone: "attention", short: "Stopped", long: "Something is broken. You can read everything; nothing new is kept." };
  if (status.durability.kind === "ephemeral")
    return {
      tone: "attention",
      short: "Not kept",
      long: `This browser gives us no disk: what you write is only as safe as this tab until it has been sent.${waiting}`,
    };
  const { atRisk } = status.durability;
  if (atRisk !== undefined && connection.kind !== "connected")
    return {
      tone: "attention",
      short: `Connect soon · ${pending}`,
      long: `Since ${new Date(atRisk.since).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })} changes wait here, and this browser may clear its disk when space runs out: connect, or install the app.`,
    };
  switch (connection.kind) {
    case "connected":
      return pending === 0 && Object.values(status.spaces).every(({ synced }) => synced)
        ? { tone: "good", short: "In step", long: "Everything is here, and everywhere else." }
        : { tone: "busy", short: pending === 0 ? "Catching up" : `Sending ${pending}`, long: `Exchanging changes now.${waiting}` };
    case "connecting":
      return { tone: "busy", short: "Connecting", long: `Looking for the server.${waiting}` };
    case "waiting":
      return { tone: "away", short: pending === 0 ? "Offline" : `Offline · ${pending}`, long: `No connection: go on as always.${waiting}` };
    case "blocked":
      return {
        tone: "attention",
        short: "Needs you",
        long: `${blockedWords[connection.reason] ?? "The server asks for something."}${waiting}`,
      };
    case "off":
      return { tone: "away", short: pending === 0 ? "Offline" : `Offline · ${pending}`, long: `This device is not connecting.${waiting}` };
  }
}

/** Of one note. */
export function noteWords(isPending: boolean, conflicts: number, isConnected: boolean): Said {
  if (conflicts > 0)
    return {
      tone: "attention",
      short: conflicts === 1 ? "1 change not kept" : `${conflicts} changes not kept`,
      long: "Two devices changed the same thing. One change shows; the other is kept beside it.",
    };
  if (isPending)
    return isConnected
      ? { tone: "busy", short: "Sending", long: "On this device's disk, on its way to the others." }
      : { tone: "away", short: "On this device", long: "Safe on this device's disk. The others get it when there is a connection." };
  return { tone: "good", short: "Everywhere", long: "The server has it, and your other devices get it from there." };
}

const fieldNames: Readonly<Record<string, string>> = {
  title: "the title",
  pinned: "the pin",
  checklist: "a checklist item",
  tags: "a tag",
  textSize: "the text size",
  order: "the order",
};

/** What a conflict was about: the field, and the value that is not shown. */
export function conflictWords({ field, value }: Pick<Conflict, "field" | "value">): { readonly about: string; readonly lost: string } {
  if (field === "") return { about: "whether the note stays", lost: "deleted on one device; edited on another, so it stayed" };
  return { about: fieldNames[field] ?? field, lost: valueWords(value) };
}

export function valueWords(value: unknown): string {
  if (typeof value === "string") return value === "" ? "(empty)" : `“${value}”`;
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "object" && value !== null && "label" in value) {
    const item = value as { readonly label: unknown; readonly done?: unknown };
    return `“${String(item.label)}”, ${item.done === true ? "done" : "to do"}`;
  }
  return JSON.stringify(value) ?? "nothing";
}

/** Messages of one connection in words, for whoever looks on. Knows what both ends have said, from a session of its own: see `WireSession`. */
import { inflateRawSync } from "node:zlib";
import {
  type ClientMessage,
  createWireSession,
  decodeClientMessage,
  decodeServerMessage,
  packing,
  type ServerMessage,
  type Transaction,
  unreachable,
  wireLimits,
} from "@holdfast/core/engine";

export class MessageWords {
  readonly #wire = createWireSession();

  /** In the order in which they are sent. */
  ofClient(carried: Uint8Array): string {
    const decoded = decodeClientMessage(unwrap(carried), this.#wire);
    return decoded.ok ? clientWords(decoded.value) : `unreadable: ${decoded.fault}`;
  }

  /** In the order in which they are sent. */
  ofServer(carried: Uint8Array): string {
    const decoded = decodeServerMessage(unwrap(carried), this.#wire);
    return decoded.ok ? serverWords(decoded.value) : `unreadable: ${decoded.fault}`;
  }
}

function unwrap(carried: Uint8Array): Uint8Array {
  const bytes = carried.subarray(1);
  if (carried[0] !== packing.deflate) return bytes;
  try {
    return inflateRawSync(bytes, { maxOutputLength: wireLimits.inflatedBytesMax });
  } catch {
    return new Uint8Array(0);
  }
}

function clientWords(message: ClientMessage): string {
  switch (message.type) {
    case "hello":
      return `hello from ${message.replica.slice(0, 4)}, ${message.spaces.map(({ space, counter }) => `${space} written up to ${counter}`).join(", ")}`;
    case "follow":
      return `follow ${message.spaces.map(({ space }) => space).join(", ")}`;
    case "unfollow":
      return `unfollow ${message.spaces.join(", ")}`;
    case "push":
      return `push ${count(message.transactions.length, "transaction")}${countersOf(message.transactions)} to ${message.space}`;
    case "pull":
      return `pull ${message.space}${message.cursor.length === 0 ? " from nothing" : ""}, own up to ${message.ownThrough}`;
    case "ping":
    case "authenticate":
      return message.type;
    default:
      return unreachable(message);
  }
}

function serverWords(message: ServerMessage): string {
  switch (message.type) {
    case "welcome":
      return `welcome, ${message.spaces.map(({ space, head, mark }) => `${space} at ${head}, answered up to ${mark}`).join(", ")}`;
    case "pushed": {
      const outcomes = message.outcomes.map(
        (outcome) => `${outcome.counter} ${outcome.type === "refused" ? `refused (${outcome.code})` : outcome.type}`,
      );
      const stop = message.stopped === undefined ? [] : [`stopped: ${message.stopped.type}`];
      return [`${message.space} pushed up to ${message.mark}`, ...outcomes, ...stop].join(", ");
    }
    case "page": {
      const { content, space, head, more } = message;
      const what =
        content.type === "changes"
          ? `page of ${count(content.changes.length, "change")}`
          : `snapshot of ${count(content.records.length, "record")}`;
      return `${space}: ${what} up to ${head}${more ? ", more follows" : ""}`;
    }
    case "poke":
      return `${message.space}: poke at ${message.head}${message.changes.length > 0 ? ` with ${count(message.changes.length, "change")}` : ""}`;
    case "pong":
      return "pong";
    case "fault":
      return `fault ${message.code}`;
    default:
      return unreachable(message);
  }
}

/** The counters that a push takes up. */
function countersOf(transactions: readonly Transaction[]): string {
  const [first, last] = [transactions[0], transactions.at(-1)];
  if (first === undefined || last === undefined) return "";
  return first === last ? ` (${first.counter})` : ` (${first.counter} to ${last.counter})`;
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? "" : "s"}`;
}

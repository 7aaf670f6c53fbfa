/**
 * Who else is there: what devices show of themselves to each other in a space (a caret, a name, "typing"), for as long as they are connected.
 * Nothing of it is stored, anywhere, and nothing rests on it. It stands between a replica and its transport and is none of the sync cycle's:
 * an app that does not use it does not carry it.
 *
 *     const presence = createPresence(nodeRuntime);
 *     await openReplica({ …, transport: presence.over(createTransport({ server })) });
 *     presence.show("team:7", { name: "Ada", at: recordId });
 *     presence.subscribe("team:7", (others) => render(others));
 *
 * It goes over a WebSocket alone: over HTTP nobody is there. With an r0 that does not know it, others are none.
 */
import {
  bytesToValue,
  callerError,
  type Connection,
  decodeClientMessage,
  decodeServerPresence,
  encodeClientMessage,
  encodeClientPresence,
  isServerPresence,
  normalizeValue,
  presenceBytesMax,
  presenceCapability,
  type ReplicaId,
  type Runtime,
  type ServerPresence,
  type SpaceId,
  type TransportPort,
  type Value,
  valueToBytes,
} from "@holdfast/core/engine";

/** What another device shows. */
export interface Other {
  /** Stable while the device keeps its file. */
  readonly replica: string;
  readonly user: string;
  readonly value: Value;
}

export interface Presence {
  /** Each replica has a presence of its own. */
  over(transport: TransportPort): TransportPort;
  /**
   * What this device shows in the space from now on, told at most every `presenceEveryMs` and again with each connection; undefined: nothing
   * any more. At most 1,024 bytes as encoded; beyond, or what is no value, throws `invalid-value`.
   */
  show(space: SpaceId, value: Value | undefined): void;
  /** As last heard, without this device; empty while there is no connection. */
  others(space: SpaceId): readonly Other[];
  /** Called when they change; returns how to stop. */
  subscribe(space: SpaceId, listener: (others: readonly Other[]) => void): () => void;
}

const presenceEveryMs = 50;
const carriedPlain = 0;

export function createPresence(runtime: Pick<Runtime, "nowMs" | "setTimer">): Presence {
  const shown = new Map<SpaceId, Uint8Array>();
  const others = new Map<SpaceId, Map<ReplicaId, Other>>();
  const listeners = new Map<SpaceId, Set<(others: readonly Other[]) => void>>();
  /** Of the connection: where to say something, to which spaces, and what waits for its moment. */
  let connection: Connection | undefined;
  let own: ReplicaId | undefined;
  const heard = new Set<SpaceId>();
  const waiting = new Set<SpaceId>();
  let saidMs = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;

  const listOf = (space: SpaceId): readonly Other[] => [...(others.get(space)?.values() ?? [])];

  function changed(space: SpaceId): void {
    for (const listener of listeners.get(space) ?? []) listener(listOf(space));
  }

  function say(space: SpaceId): void {
    if (!heard.has(space)) return;
    waiting.add(space);
    if (cancel !== undefined) return;
    const delayMs = Math.max(0, saidMs + presenceEveryMs - runtime.nowMs());
    cancel = runtime.setTimer(delayMs, () => {
      cancel = undefined;
      saidMs = runtime.nowMs();
      for (const each of waiting) connection?.send(carry(encodeClientPresence({ space: each, value: shown.get(each) })));
      waiting.clear();
    });
  }

  function take({ space, whole, present }: ServerPresence): void {
    const known = whole ? new Map<ReplicaId, Other>() : (others.get(space) ?? new Map<ReplicaId, Other>());
    for (const { replica, principal, value } of present) {
      const read = value === undefined ? undefined : bytesToValue(value);
      if (replica === own || read === undefined) known.delete(replica);
      else if (read.ok) known.set(replica, { replica, user: principal, value: read.value });
    }
    others.set(space, known);
    // r0 follows the space for us, and knows presence.
    if (whole) {
      heard.add(space);
      if (shown.has(space)) say(space);
    }
    changed(space);
  }

  /** Nobody can be seen without a connection. */
  function disconnected(): void {
    connection = undefined;
    cancel?.();
    cancel = undefined;
    heard.clear();
    waiting.clear();
    const spaces = [...others].filter(([, known]) => known.size > 0).map(([space]) => space);
    others.clear();
    for (const space of spaces) changed(space);
  }

  return {
    over: (transport) => ({
      connect(events) {
        disconnected();
        const inner = transport.connect({
          ...events,
          message(bytes) {
            const message = bytes.subarray(1);
            if (bytes[0] !== carriedPlain || !isServerPresence(message)) return events.message(bytes);
            const said = decodeServerPresence(message);
            if (said.ok && connection === inner) take(said.value);
          },
          closed(fault) {
            disconnected();
            events.closed(fault);
          },
        });
        connection = inner;
        return {
          send(carried) {
            inner.send(withCapability(carried, (replica) => (own = replica)));
          },
          close() {
            disconnected();
            inner.close();
          },
        };
      },
    }),
    show(space, value) {
      if (value === undefined) shown.delete(space);
      else shown.set(space, encodeShown(value));
      say(space);
    },
    others: listOf,
    subscribe(space, listener) {
      const known = listeners.get(space) ?? new Set();
      listeners.set(space, known.add(listener));
      return () => known.delete(listener);
    },
  };
}

function encodeShown(value: Value): Uint8Array {
  const normal = normalizeValue(value);
  const bytes = normal.ok ? valueToBytes(normal.value) : undefined;
  if (bytes === undefined || bytes.length > presenceBytesMax)
    throw callerError("invalid-value", "This cannot be shown.", `Show a value of at most ${presenceBytesMax} bytes.`);
  return bytes;
}

function carry(message: Uint8Array): Uint8Array {
  const carried = new Uint8Array(message.length + 1);
  carried[0] = carriedPlain;
  carried.set(message, 1);
  return carried;
}

/** A hello rests on nothing before it, and can be said again with one word more. Every other message goes as it is. */
function withCapability(carried: Uint8Array, greeted: (replica: ReplicaId) => void): Uint8Array {
  const hello = carried[0] === carriedPlain && carried[1] === helloTag ? decodeClientMessage(carried.subarray(1)) : undefined;
  if (hello?.ok !== true || hello.value.type !== "hello") return carried;
  greeted(hello.value.replica);
  return carry(encodeClientMessage({ ...hello.value, capabilities: [...hello.value.capabilities, presenceCapability] }));
}

/** Field 1 of `ClientMessage`. */
const helloTag = 1 * 8 + 2;

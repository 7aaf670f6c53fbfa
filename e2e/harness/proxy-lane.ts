/** One direction of one proxied connection: bytes until the WebSocket handshake is over, whole messages after it. */
import type { Socket } from "node:net";
import { createDelayLine } from "./delay-line.ts";
import type { Random } from "./keyed-random.ts";
import type { Direction, LinkFaults, MessageFaults, MessageVerdict } from "./link-faults.ts";
import { createFrameReader, type WebSocketMessage } from "./web-socket-frames.ts";

/** How often each fault struck: a test that needs one checks that it did. */
export interface FaultCounts {
  connections: number;
  messages: number;
  dropped: number;
  duplicated: number;
  reordered: number;
  delayed: number;
  cuts: number;
  swallowed: number;
}

export interface LaneOptions {
  readonly direction: Direction;
  readonly connection: number;
  readonly from: Socket;
  readonly to: Socket;
  readonly random: Random;
  readonly faults: () => LinkFaults;
  readonly counts: FaultCounts;
  /** Resets both sockets. */
  readonly cut: () => void;
}

export interface Lane {
  take(bytes: Uint8Array): void;
  /** From the next byte on these are WebSocket frames. */
  toMessages(): void;
  stop(): void;
}

/** How long a reordered message is held back beyond its own delay. */
const reorderMsMax = 60;
/** How late a duplicate may come: long enough to be of another time. */
const duplicateMsMax = 200;

export function createLane(options: LaneOptions): Lane {
  const { direction, from, to, random, counts } = options;
  const line = createDelayLine<Uint8Array>((bytes) => write(bytes));
  let reader: ReturnType<typeof createFrameReader> | undefined;
  let passedBytes = 0;
  let index = 0;

  const write = (bytes: Uint8Array): void => {
    const { blackhole, cutAfterBytes } = options.faults();
    if (blackhole.includes(direction)) {
      counts.swallowed += bytes.length;
      return;
    }
    if (to.destroyed || !to.writable) {
      // The far end is gone, and now the news can reach this one.
      if (to.destroyed) options.cut();
      return;
    }
    const bytesMax = cutAfterBytes[direction];
    const room = bytesMax === undefined ? bytes.length : Math.max(0, bytesMax - passedBytes);
    passedBytes += Math.min(bytes.length, room);
    if (bytes.length > room) {
      // What fits still arrives: half a message, and then the end.
      to.write(bytes.subarray(0, room), () => options.cut());
      return;
    }
    if (!to.write(bytes)) {
      from.pause();
      to.once("drain", () => from.resume());
    }
  };

  const takeMessage = (message: WebSocketMessage): void => {
    if (message.control) {
      line.put(message.raw, 0, true);
      return;
    }
    counts.messages++;
    const faults = options.faults();
    const own = faults[direction];
    const decided = faults.decide?.({ direction, payload: message.payload, index: index++, connection: options.connection });
    const verdict = decided ?? drawVerdict(own, random);
    if (verdict === "drop" || verdict === "cut-before") counts.dropped++;
    if (verdict === "cut-before") options.cut();
    if (verdict === "drop" || verdict === "cut-before") return;
    const delayMs = random.between(own.delayMs[0], own.delayMs[1]);
    if (delayMs > 0) counts.delayed++;
    const held = decided === undefined && random.chance(own.reorder);
    if (held) counts.reordered++;
    line.put(message.raw, held ? delayMs + random.between(1, reorderMsMax) : delayMs, !held);
    if (verdict === "duplicate") {
      counts.duplicated++;
      line.put(message.raw, delayMs + random.between(0, duplicateMsMax), false);
    }
    if (verdict === "cut-after") options.cut();
  };

  return {
    take(bytes) {
      if (reader === undefined) write(bytes);
      else for (const message of reader.read(bytes)) takeMessage(message);
    },
    toMessages() {
      reader = createFrameReader();
    },
    stop: () => line.stop(),
  };
}

function drawVerdict(faults: MessageFaults, random: Random): MessageVerdict {
  // Four draws a message whatever is on, so that one rate can change without moving the others.
  const draws = [random.next(), random.next(), random.next(), random.next()] as const;
  if (draws[0] < faults.cutBefore) return "cut-before";
  if (draws[1] < faults.drop) return "drop";
  if (draws[2] < faults.cutAfter) return "cut-after";
  return draws[3] < faults.duplicate ? "duplicate" : "pass";
}

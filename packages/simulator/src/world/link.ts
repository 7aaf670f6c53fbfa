/**
 * What the two ends of a connection are to each other, whatever carries it. Every link draws by its own name, so that one that is gone
 * changes no other.
 */
import type { Connection, TransportFault } from "@holdfast/core/engine";
import type { NetworkConfig } from "../plan/plan.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

/** The far end, of one connection. */
export interface FarEnd {
  /** The instance of r0 that has taken it. */
  readonly instance: string;
  receive(bytes: Uint8Array): void;
  /** Resolves when everything received has been answered. */
  settled(): Promise<void>;
  close(): void;
}

export interface FarLink {
  send(bytes: Uint8Array): void;
  bufferedBytes(): number;
  close(): void;
}

/** r0's door. Resolves with undefined when nobody is there. */
export type Accept = (link: FarLink) => Promise<FarEnd | undefined>;

export type Direction = "up" | "down";

/** A connection, as the network knows it. */
export interface Link extends Connection {
  readonly device: string;
  readonly process: Process;
  /** A partition begins: nothing arrives in this direction, or in none; perhaps until it heals, perhaps for ever. */
  part(direction: Direction | undefined): void;
  healed(): void;
  /** From now on it carries nothing, and nobody is told. */
  swallow(): void;
  /** If it is this instance's. */
  farEndDied(instance: string): void;
  /** `silent`: the machine has no power to say goodbye. */
  nearEndDied(silent: boolean): void;
}

/** The network, as a link knows it. */
export interface LinkNetwork {
  readonly config: NetworkConfig;
  isPartitioned(device: string): boolean;
  losesAnswers(device: string): boolean;
  /** True: the last of these, a push, is held up on the way, and its connection breaks. Before it, what r0 must have heard to read it. */
  holdsPush(device: string, frames: readonly Uint8Array[]): boolean;
  ended(link: Link): void;
}

/** A whole conversation in one request. Undefined: nobody is there. */
export async function converse(
  accept: Accept,
  frames: readonly Uint8Array[],
  taken: (instance: string) => void = () => undefined,
  sent: (frame: Uint8Array) => void = () => undefined,
): Promise<readonly Uint8Array[] | undefined> {
  const replies: Uint8Array[] = [];
  const far = await accept({ send: (bytes) => void replies.push(bytes), bufferedBytes: () => 0, close: () => undefined });
  if (far === undefined) return undefined;
  taken(far.instance);
  for (const frame of frames) {
    sent(frame);
    far.receive(frame);
    await far.settled();
  }
  far.close();
  return replies;
}

/** The client's message, by its field of `wire.proto`: one byte says how it is carried, and then comes its tag. */
function fieldOf(carried: Uint8Array): number {
  return (carried[1] ?? 0) >> 3;
}

export function isPush(carried: Uint8Array): boolean {
  return fieldOf(carried) === 2;
}

/** A hello, a follow or an unfollow: a push names its space by a number that they give. */
export function namesSpaces(carried: Uint8Array): boolean {
  return [1, 4, 5].includes(fieldOf(carried));
}

export interface LinkParts {
  readonly world: World;
  readonly network: LinkNetwork;
  readonly device: string;
  readonly process: Process;
  readonly accept: Accept;
  readonly number: number;
}

/** Faults with which a connection ends before it has begun. */
export const partedFault: TransportFault = { type: "unreachable", detail: "partitioned" };
export const deadFault: TransportFault = { type: "unreachable", detail: "r0 is down" };

/**
 * An app's rules may read the clock and draw random numbers, as programs do. During a run they get the world's: else a seed would not repeat.
 * Timers are not replaced: a rule that waits for one is not answered before its deadline.
 */

import { startWallMs, type World } from "./world.ts";

/** Gives back what puts the real ones back. */
export function borrowGlobals(world: World): () => void {
  const { Date: RealDate } = globalThis;
  const { random } = Math;
  const randomUUID = crypto.randomUUID.bind(crypto);
  const getRandomValues = crypto.getRandomValues.bind(crypto);
  let draws = 0;
  const next = (): ReturnType<World["random"]> => world.random("globals", ++draws);
  const now = (): number => Math.floor(startWallMs + world.nowMs);
  globalThis.Date = class extends RealDate {
    constructor(...args: readonly unknown[]) {
      if (args.length === 0) super(now());
      else super(...(args as [number]));
    }
    static override now(): number {
      return now();
    }
  } as DateConstructor;
  Math.random = () => next().next();
  crypto.getRandomValues = ((array: Uint8Array) => {
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(next().bytes(array.byteLength));
    return array;
  }) as typeof getRandomValues;
  crypto.randomUUID = () => toUuid(next().bytes(16));
  return () => {
    globalThis.Date = RealDate;
    Math.random = random;
    Object.assign(crypto, { randomUUID, getRandomValues });
  };
}

function toUuid(bytes: Uint8Array): ReturnType<typeof crypto.randomUUID> {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** React Native's clocks, timers and randomness. Hermes brings none of them: the host does, and for randomness only if the app asks for it. */
import { callerError, type Runtime } from "@holdfast/core/engine";

/**
 * Cryptographic: `(length) => getRandomValues(new Uint8Array(length))` of expo-crypto. Not its `getRandomBytes`, which draws from `Math.random`
 * in a development build of the new architecture.
 */
export type RandomBytes = (length: number) => Uint8Array;

interface Host {
  readonly performance?: { now?: () => number };
  readonly crypto?: { getRandomValues?: (bytes: Uint8Array) => Uint8Array };
  readonly setTimeout: (run: () => void, delayMs: number) => unknown;
  readonly clearTimeout: (timer: unknown) => void;
}

/** Of one call of the host's `getRandomValues`. */
const hostBytesMax = 65_536;
/** Of one call of the app's source: expo-crypto throws above it. */
const givenBytesMax = 1_024;

/**
 * Throws `invalid-option` where there is no randomness: a replica's id that another device draws too is the one collision that nothing
 * repairs, and `Math.random` draws it sooner or later (F74).
 */
export function createNativeRuntime(given?: RandomBytes, host: unknown = globalThis): Runtime {
  const { performance, crypto, setTimeout, clearTimeout } = host as Host;
  const randomBytes = given === undefined ? ofCrypto(crypto) : inParts(given);
  if (randomBytes === undefined)
    throw callerError(
      "invalid-option",
      "This host has no cryptographic randomness (`crypto.getRandomValues`).",
      "Pass `randomBytes`, for instance getRandomValues of expo-crypto, or import react-native-get-random-values first.",
    );
  checkRandom(randomBytes);
  return {
    nowMs: performance?.now === undefined ? createMonotonic() : () => (performance as { now: () => number }).now(),
    wallMs: () => Date.now(),
    randomBytes,
    random: () => Math.random(),
    setTimer(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  };
}

function ofCrypto(crypto: Host["crypto"]): RandomBytes | undefined {
  if (typeof crypto?.getRandomValues !== "function") return undefined;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += hostBytesMax) crypto.getRandomValues?.(bytes.subarray(at, at + hostBytesMax));
    return bytes;
  };
}

function inParts(given: RandomBytes): RandomBytes {
  return (length) => {
    if (length <= givenBytesMax) return given(length);
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += givenBytesMax) bytes.set(given(Math.min(givenBytesMax, length - at)), at);
    return bytes;
  };
}

/** A stub that gives zeros, or the same bytes again, is not what was asked for. The odds of refusing a good source are 2^-127. */
function checkRandom(randomBytes: RandomBytes): void {
  const [first, second] = [randomBytes(16), randomBytes(16)];
  const isSame = [0, 1].every((half) => first.slice(half * 8, half * 8 + 8).every((byte, at) => byte === second[half * 8 + at]));
  if (first.length === 16 && second.length === 16 && !isSame && first.some((byte) => byte !== 0)) return;
  throw callerError(
    "invalid-option",
    "`randomBytes` does not give random bytes.",
    "Pass a cryptographic source: getRandomValues of expo-crypto, for instance.",
  );
}

/** Where the host has no monotonic clock: the wall clock without its steps back. */
function createMonotonic(): () => number {
  let lastMs = Date.now();
  let nowMs = 0;
  return () => {
    const wallMs = Date.now();
    nowMs += Math.max(0, wallMs - lastMs);
    lastMs = wallMs;
    return nowMs;
  };
}

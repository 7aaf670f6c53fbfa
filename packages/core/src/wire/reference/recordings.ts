/** The samples as bytes: each message alone, all of them in one session, and transactions. */
import { decodeClientMessage, decodeServerMessage, encodeClientMessage, encodeServerMessage } from "../codec.ts";
import { encodeTransaction } from "../transaction-codec.ts";
import { createWireSession, type WireSession } from "../wire-session.ts";
import { messageSamples, type Sample, transactionSamples } from "./samples.ts";

export function recordingsOf(): ReadonlyMap<string, Uint8Array> {
  const recordings = new Map<string, Uint8Array>();
  for (const sample of messageSamples) recordings.set(`alone-${sample.name}`, encodeSample(sample));
  // One session stands for both ends: what the two learn from a conversation is the same.
  const session = createWireSession();
  for (const sample of messageSamples) recordings.set(`session-${sample.name}`, encodeSample(sample, session));
  for (const [name, transaction] of transactionSamples) recordings.set(`transaction-${name}`, encodeTransaction(transaction));
  return recordings;
}

export function encodeSample(sample: Sample, session?: WireSession): Uint8Array {
  return sample.direction === "up" ? encodeClientMessage(sample.message, session) : encodeServerMessage(sample.message, session);
}

export function decodeSample(sample: Sample, bytes: Uint8Array, session?: WireSession): unknown {
  return sample.direction === "up" ? decodeClientMessage(bytes, session) : decodeServerMessage(bytes, session);
}

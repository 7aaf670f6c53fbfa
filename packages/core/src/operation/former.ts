/**
 * What is said again under a new id says under which name it was written first. r0 looks for that name where it was put back to a backup: then
 * another copy of the file may have brought the same write back under the old id, or may be about to (traps 4, 6). Where r0 lost nothing it need
 * not: what is pending is offered under the old id first (`client/apply/fork.ts`).
 */
import { ByteReader, ByteWriter, bytesToHex, decodeSafely } from "../base/bytes.ts";
import { readReplicaId, type ReplicaId, writeReplicaId } from "../causality/replica-id.ts";
import { imprintBytes, imprintOf } from "./imprint.ts";
import type { Extension, Transaction } from "./operation.ts";

/** The extension's number in the contract. */
const formerNumber = 1;

export interface FormerName {
  readonly replica: ReplicaId;
  readonly counter: number;
  readonly imprint: Uint8Array;
  /** All of it as text. */
  readonly name: string;
}

/** With the name that it has now, unless it had another before. Intents have ids of their own, and a void is nothing to count twice. */
export function nameFormer(transaction: Transaction, identityOf: (transaction: Transaction) => Uint8Array): readonly Extension[] {
  const { body, extensions, replica, counter } = transaction;
  if (body.type !== "operations" || extensions.some(({ number }) => number === formerNumber)) return extensions;
  const writer = new ByteWriter(32);
  writeReplicaId(writer, replica);
  writer.varint(counter);
  writer.raw(imprintOf(identityOf(transaction)));
  return [...extensions, { number: formerNumber, bytes: writer.finish() }];
}

/** Undefined also for bytes that are no name. */
export function formerNameOf({ body, extensions }: Transaction): FormerName | undefined {
  const found = body.type === "operations" ? extensions.find(({ number }) => number === formerNumber) : undefined;
  if (found === undefined) return undefined;
  const decoded = decodeSafely((): FormerName => {
    const reader = new ByteReader(found.bytes);
    const former = { replica: readReplicaId(reader), counter: reader.varint(), imprint: reader.raw(imprintBytes).slice() };
    reader.end();
    if (former.counter === 0) reader.fail("no counter");
    return { ...former, name: bytesToHex(found.bytes) };
  });
  return decoded.ok ? decoded.value : undefined;
}

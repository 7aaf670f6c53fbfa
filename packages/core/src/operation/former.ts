/**
 * What is said again under a new id says under which name it was written first. r0 looks for that name where it was put back to a backup: then
 * another copy of the file may have brought the same write back under the old id, or may be about to (traps 4, 6). Where r0 lost nothing it need
 * not: what is pending is offered under the old id first (`client/apply/fork.ts`).
 *
 * A void carries the name of what it stands for. Where another copy of the file has said that, r0 has it under that very name, and can tell the
 * copy that has withdrawn it; and voids of two writes are never taken for one.
 */
import { ByteReader, ByteWriter, bytesToHex, decodeSafely } from "../base/bytes.ts";
import { readReplicaId, type ReplicaId, writeReplicaId } from "../causality/replica-id.ts";
import { imprintBytes, imprintOf } from "./imprint.ts";
import { type Extension, type Transaction, transactionWidth } from "./operation.ts";

/** The extension's number in the contract. */
const formerNumber = 1;

export interface FormerName {
  readonly replica: ReplicaId;
  readonly counter: number;
  readonly imprint: Uint8Array;
  /** All of it as text. */
  readonly name: string;
}

/** With the name that it has now, unless it had another before. */
export function nameFormer(transaction: Transaction, identityOf: (transaction: Transaction) => Uint8Array): readonly Extension[] {
  const { extensions, replica, counter } = transaction;
  if (extensions.some(isFormer)) return extensions;
  const writer = new ByteWriter(32);
  writeReplicaId(writer, replica);
  writer.varint(counter);
  writer.raw(imprintOf(identityOf(transaction)));
  return [...extensions, { number: formerNumber, bytes: writer.finish() }];
}

/** What stands in a transaction's place when its author has withdrawn it: the same, whichever copy of the author's file does so. */
export function voidOf(transaction: Transaction, identityOf: (transaction: Transaction) => Uint8Array): Transaction {
  return {
    ...transaction,
    dependencies: new Map(),
    body: { type: "void", counters: transactionWidth(transaction) },
    extensions: nameFormer(transaction, identityOf).filter(isFormer),
  };
}

function isFormer({ number }: Extension): boolean {
  return number === formerNumber;
}

/** Of what has an effect, and may have had it under another name. */
export function formerNameOf(transaction: Transaction): FormerName | undefined {
  return transaction.body.type === "operations" ? nameIn(transaction) : undefined;
}

/** Undefined also for bytes that are no name. */
export function nameIn({ extensions }: Transaction): FormerName | undefined {
  const found = extensions.find(isFormer);
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

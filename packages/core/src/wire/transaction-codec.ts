/**
 * One transaction as bytes that stand alone: a batch of one. Canonical: the change log keeps them, the chain hashes them, and what a
 * peer wrote less tidily is re-encoded here by every party before it counts.
 */
import { type Decoded, DecodeFault } from "../base/bytes.ts";
import type { Transaction } from "../operation/operation.ts";
import { noDefaults } from "./batch.ts";
import { decodeBatch } from "./decode-batch.ts";
import { encodeBatch } from "./encode-batch.ts";
import { decodeMessage } from "./protobuf.ts";

/** Equal transactions give equal bytes, and decoding and encoding again gives the same bytes. */
export function encodeTransaction(transaction: Transaction): Uint8Array {
  return encodeBatch([transaction], undefined, noDefaults);
}

/**
 * What stands for a transaction in chains and imprints: all but its dependencies. Those are positions of one epoch, and are dropped when r0
 * comes back from a backup (CLI67): by a copy of the file that has heard of it, and not by one that has not, whose write is the same.
 */
export function identityOf(transaction: Transaction, bytes?: Uint8Array): Uint8Array {
  return bytes !== undefined && transaction.dependencies.size === 0
    ? bytes
    : encodeTransaction({ ...transaction, dependencies: new Map() });
}

/** What was written, whatever its author's clock said, which is in names, too: of two devices with the same writes, a wrong clock makes no others (F59). */
export function timelessIdentityOf(transaction: Transaction): Uint8Array {
  return identityOf({ ...transaction, wallMs: 0, extensions: [] });
}

export function decodeTransaction(bytes: Uint8Array): Decoded<Transaction> {
  return decodeMessage(bytes, (plain) => {
    const [first, second] = decodeBatch(plain, noDefaults);
    if (first === undefined || second !== undefined) throw new DecodeFault("out of range");
    return first.transaction;
  });
}

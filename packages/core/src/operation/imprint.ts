/**
 * Imprints: eight bytes for each transaction that r0 has answered, kept for ever. The chain tells *that* two histories under one replica id
 * are not the same; imprints tell *where*, so that of what a copy of a file still has pending, nothing that another copy has said is said
 * again (trap 4, F25), whether or not the stream still holds it.
 *
 * A transaction names its counters, its stamps and its author's clock, so that two copies which go on by themselves do not write the same
 * bytes. Eight bytes of a hash guard against accidents, as the chain's do.
 */
import { ByteReader, ByteWriter, compareBytes, type Decoded, decodeSafely } from "../base/bytes.ts";
import { sha256 } from "../base/sha256.ts";
import { type Transaction, transactionWidth } from "./operation.ts";

export const imprintBytes = 8;

/** First counter → imprint. */
export type Imprints = ReadonlyMap<number, Uint8Array>;

/** `identity`: what `identityOf` gives. */
export function imprintOf(identity: Uint8Array): Uint8Array {
  return sha256(identity).slice(0, imprintBytes);
}

/** A transaction beside `identityOf` it. */
export interface Identified {
  readonly transaction: Transaction;
  readonly identity: Uint8Array;
}

/** And beside `encodeTransaction`'s bytes of it. */
export interface Encoded extends Identified {
  readonly bytes: Uint8Array;
}

/** Transactions of one replica in a row, without gaps: their widths and imprints. The first one's counter is the row's key. */
export function encodeImprints(answered: readonly Identified[]): Uint8Array {
  const writer = new ByteWriter((imprintBytes + 2) * answered.length);
  for (const { transaction, identity } of answered) {
    writer.varint(transactionWidth(transaction));
    writer.raw(imprintOf(identity));
  }
  return writer.finish();
}

export function decodeImprints(counterFirst: number, bytes: Uint8Array): Decoded<Imprints> {
  return decodeSafely(() => {
    const reader = new ByteReader(bytes);
    const imprints = new Map<number, Uint8Array>();
    let counter = counterFirst;
    while (reader.remaining > 0) {
      const width = reader.varint();
      imprints.set(counter, reader.raw(imprintBytes).slice());
      counter += width;
    }
    return imprints;
  });
}

/** r0 has answered exactly this transaction. */
export function isImprinted(imprints: Imprints, { transaction, identity }: Identified): boolean {
  const known = imprints.get(transaction.counter);
  return known !== undefined && compareBytes(known, imprintOf(identity)) === 0;
}

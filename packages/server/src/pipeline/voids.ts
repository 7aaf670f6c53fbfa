/** What stands in the place of a write that its author has given up, beside what r0 has under its counter (trap 4, F10). */
import { compareBytes, identityOf, type Imprints, isImprinted, lastCounter, nameIn, type Transaction, voidOf } from "@holdfast/core/engine";

export function isVoid({ body }: Transaction): boolean {
  return body.type === "void";
}

/** Its author has heard of the refusal, and keeps a void in its place: neither does anything. */
export function isVoidOfRefused(imprints: Imprints, refused: ReadonlySet<number>, transaction: Transaction): boolean {
  if (!isVoid(transaction) || !refused.has(transaction.counter)) return false;
  return ![...imprints.keys()].some((counter) => counter > transaction.counter && counter <= lastCounter(transaction));
}

/** Another copy has withdrawn it, and r0 has what that left in its place: of an earlier version, a void without a name. */
export function isVoided(imprints: Imprints, transaction: Transaction): boolean {
  const named = voidOf(transaction, identityOf);
  return isHeld(imprints, named) || isHeld(imprints, { ...named, extensions: [] });
}

/** Withdrawn by this copy; r0 has from another what the void names. Replica and counter are in an imprint. */
export function isNamedBy(imprints: Imprints, transaction: Transaction): boolean {
  const [known, former] = [imprints.get(transaction.counter), isVoid(transaction) ? nameIn(transaction) : undefined];
  return known !== undefined && former !== undefined && compareBytes(known, former.imprint) === 0;
}

export function isHeld(imprints: Imprints, transaction: Transaction): boolean {
  return isImprinted(imprints, { transaction, identity: identityOf(transaction) });
}

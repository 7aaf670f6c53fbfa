/** One operation against the schema, as r0 reads it: the same checks as at the author's, which a hostile author has skipped. */
import { type Decoded, decodeSafely } from "../base/bytes.ts";
import { isWellFormedText, utf8Length } from "../base/utf8.ts";
import type { Value } from "../base/value.ts";
import { type AnyLattice, kindCodes } from "../lattice/lattice.ts";
import { presenceLattice } from "../lattice/presence.ts";
import { isCollect, isFold } from "../lattice/record.ts";
import type { Operation } from "../operation/operation.ts";
import type { SchemaSpec } from "../schema/schema.ts";
import type { Refusal } from "./admission.ts";

export interface AdmissionRules {
  readonly schema: SchemaSpec;
  /** By kind number. */
  readonly lattices: ReadonlyMap<number, AnyLattice>;
}

const namePattern = /^[a-zA-Z][a-zA-Z0-9_]{0,62}$/;
const recordIdBytesMax = 128;

/**
 * A collection or field that r0 does not know is passed through if the author's schema is newer (trap 17), else refused. The kind is part
 * of the operation, and must be the schema's (trap 25). `arbitrated` is written by r0 alone.
 */
export function checkOperation(rules: AdmissionRules, operation: Operation, schemaVersion: number): Refusal | undefined {
  const shape = checkShape(operation);
  if (shape !== undefined) return shape;
  if (isCollect(operation)) return { code: "malformed", reason: "The server alone forgets what was deleted." };
  if (isFold(operation)) return { code: "malformed", reason: "The server alone folds what every replica has passed." };
  if (operation.kind === kindCodes.arbitrated)
    return { code: "arbitrated-by-client", reason: `Field "${operation.field}" is decided by the server: request an intent instead.` };
  const isNewer = schemaVersion > rules.schema.version;
  const collection = rules.schema.collections.get(operation.collection);
  if (collection === undefined)
    return isNewer
      ? checkDelta(rules, operation, acceptAny)
      : { code: "unknown-collection", reason: `The server's schema has no collection "${operation.collection}".` };
  if (operation.kind === kindCodes.presence) return checkDelta(rules, operation, acceptAny);
  const field = collection.fields.get(operation.field);
  if (field === undefined)
    return isNewer
      ? checkDelta(rules, operation, acceptAny)
      : { code: "unknown-field", reason: `The server's schema has no field "${operation.field}" in "${operation.collection}".` };
  if (kindCodes[field.kind] !== operation.kind)
    return {
      code: "wrong-kind",
      reason: `Field "${operation.collection}.${operation.field}" is a ${field.kind}, and this operation is of kind ${operation.kind}.`,
    };
  return checkDelta(rules, operation, (value) => {
    const validation = field.validate(value);
    return validation.ok ? undefined : validation.reason;
  });
}

function checkShape(operation: Operation): Refusal | undefined {
  const idBytes = utf8Length(operation.record);
  const isPresence = operation.kind === kindCodes.presence;
  if (idBytes < 1 || idBytes > recordIdBytesMax || !isWellFormedText(operation.record) || !namePattern.test(operation.collection))
    return { code: "malformed", reason: "Its record or collection has no valid name." };
  if (isPresence ? operation.field !== "" : !namePattern.test(operation.field))
    return { code: "malformed", reason: "Its field has no valid name." };
  return undefined;
}

function acceptAny(): undefined {}

/** What an operation carries, for whoever must look into it: undefined for a kind that this version does not know, and for bytes that are no delta. */
export function openDelta(
  lattices: ReadonlyMap<number, AnyLattice>,
  operation: Operation,
): { readonly lattice: AnyLattice; readonly delta: Decoded<unknown> } | undefined {
  const lattice = operation.kind === kindCodes.presence ? presenceLattice : lattices.get(operation.kind);
  return lattice === undefined
    ? undefined
    : { lattice, delta: decodeSafely<unknown>(() => lattice.decodeDelta(operation.delta) as unknown) };
}

/** An operation of a kind that this version does not know is kept as bytes: there is nothing to look into. */
function checkDelta(rules: AdmissionRules, operation: Operation, reject: (value: Value) => string | undefined): Refusal | undefined {
  const opened = openDelta(rules.lattices, operation);
  if (opened === undefined) return undefined;
  const { lattice, delta } = opened;
  if (!delta.ok) return { code: "malformed", reason: `Its ${lattice.kind} delta cannot be read: ${delta.fault}.` };
  for (const value of lattice.valuesOf(delta.value)) {
    const reason = reject(value);
    if (reason !== undefined)
      return {
        code: "invalid-value",
        reason: `The server's schema refuses the value of "${operation.collection}.${operation.field}": ${reason}`,
      };
  }
  return undefined;
}

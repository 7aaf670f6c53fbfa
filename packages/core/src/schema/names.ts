/** Names of collections, fields and intents: they become SQL identifiers, property names and wire keys. */
import { callerError, type HoldfastError } from "../base/error.ts";

const pattern = /^[a-zA-Z][a-zA-Z0-9_]{0,62}$/;

/** Columns and properties that the engine adds. SQL does not tell case apart. */
const reservedFields = new Set(["id", "space"]);
/** `tx.notes` and `space.notes` are properties beside methods; a `then` would make a promise of them. */
const reservedCollections = new Set(["then", "write", "request", "constructor", "prototype", "tostring", "valueof", "hasownproperty"]);

export function isName(text: string): boolean {
  return pattern.test(text);
}

export function schemaError(happened: string, advice: string, cause?: unknown): HoldfastError {
  return callerError("invalid-schema", happened, advice, cause);
}

/** Throws `invalid-schema` for a name that cannot be kept, and for two that differ in case only. */
export function assertNames(what: "collection" | "field" | "intent", names: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    if (!isName(name)) {
      throw schemaError(`The ${what} name ${JSON.stringify(name)} is not allowed.`, "Use up to 63 letters, digits and _, a letter first.");
    }
    const folded = name.toLowerCase();
    if ((what === "field" && reservedFields.has(folded)) || (what === "collection" && reservedCollections.has(folded))) {
      throw schemaError(`The ${what} name "${name}" is reserved.`, "Choose another name.");
    }
    const other = seen.get(folded);
    if (other !== undefined) throw schemaError(`The ${what} names "${other}" and "${name}" differ in case only.`, "Rename one.");
    seen.set(folded, name);
  }
}

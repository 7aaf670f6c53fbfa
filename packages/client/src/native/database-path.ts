/** A path as both libraries want it: a name, and the directory only where the app gave one. */
import { callerError } from "@holdfast/core/engine";

export interface DatabasePath {
  readonly name: string;
  /** Undefined: the library's own directory for databases. */
  readonly directory: string | undefined;
}

export function splitDatabasePath(path: string): DatabasePath {
  const plain = path.replace(/^file:\/\//, "");
  const at = plain.lastIndexOf("/");
  const name = plain.slice(at + 1);
  if (name === "" || name === ":memory:")
    throw callerError(
      "invalid-option",
      `"${path}" is not the path of a file.`,
      'Use a name such as "notes.db", or a path that ends in one.',
    );
  return { name, directory: at < 0 ? undefined : plain.slice(0, at) || "/" };
}

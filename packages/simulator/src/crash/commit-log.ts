/** Tells of the commits that a process begins, and of those that return to it: what must be there after its death follows from the two. */
import type { SqlitePort } from "@holdfast/core/engine";

export interface CommitListener {
  begun(): void;
  returned(): void;
}

export function logCommits(inner: SqlitePort, listener: CommitListener): SqlitePort {
  let within = false;
  const commit = <T>(body: () => T): T => {
    listener.begun();
    const result = body();
    listener.returned();
    return result;
  };
  return {
    all: (sql, parameters) => inner.all(sql, parameters),
    run: (sql, parameters) => (within ? inner.run(sql, parameters) : commit(() => inner.run(sql, parameters))),
    transaction: (body) =>
      commit(() =>
        inner.transaction(() => {
          within = true;
          try {
            return body();
          } finally {
            within = false;
          }
        }),
      ),
    close: () => inner.close(),
  };
}

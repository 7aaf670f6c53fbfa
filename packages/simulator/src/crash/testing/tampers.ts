/** Protections, taken away between the engine and its SQLite: the loop has to miss each of them. */
import type { SqlValue } from "@holdfast/core/engine";
import type { Tamper } from "../machine.ts";

/** The engine asks for FULL, is told FULL, and has NORMAL (trap 22). */
export const weakSync: Tamper = (port) => ({
  ...port,
  all(sql, parameters) {
    const rows = port.all(sql.replace(/(PRAGMA synchronous *= *)FULL/, "$1NORMAL"), parameters);
    return /^PRAGMA synchronous$/.test(sql) ? [{ synchronous: 2 }] : rows;
  },
});

/** A start writes nothing: what a kill left visible stays in the page cache (trap 21). */
export const noStartBarrier: Tamper = (port) => ({
  ...port,
  run(sql, parameters) {
    const isBarrier = parameters?.[0] === "boots" || sql.includes("SET starts = starts + 1");
    if (!isBarrier) port.run(sql, parameters);
  },
});

/** A space's row is written by itself, after the transaction that it belongs to (E3). */
export const lateCursor: Tamper = (port) => {
  let held: (readonly [string, readonly SqlValue[] | undefined])[] | undefined;
  return {
    ...port,
    run(sql, parameters) {
      if (held === undefined || !sql.startsWith("INSERT INTO _spaces")) port.run(sql, parameters);
      else held.push([sql, parameters]);
    },
    transaction(body) {
      held = [];
      const result = port.transaction(body);
      const statements = held;
      held = undefined;
      for (const [sql, parameters] of statements) port.run(sql, parameters);
      return result;
    },
  };
};

/**
 * `npm run simulate:exhaustive [-- --replicas 3 --writes 4 --types set,list --operations 1 --stride 1]`: every history of so many writes, on the
 * core, in every order; and every history of so many operations on the real engine, with a death at every disk operation. Exit code 1: one was wrong.
 */
import { loadSqlite } from "../disk/load-sqlite.ts";
import { alphabets } from "./alphabet.ts";
import { runCrashScope } from "./crash-scope.ts";
import { crashTypes } from "./crash-types.ts";
import { runScope } from "./run-scope.ts";
import { failWith, readNumber, readOptions } from "../run/read-options.ts";

const values = readOptions(import.meta.url, {
  replicas: { type: "string", default: "3" },
  writes: { type: "string", default: "4" },
  types: { type: "string", default: "" },
  operations: { type: "string", default: "1" },
  stride: { type: "string", default: "1" },
});
const replicas = readNumber("replicas", values.replicas, { min: 1 });
const writes = readNumber("writes", values.writes, { min: 1 });
const operations = readNumber("operations", values.operations);
const stride = readNumber("stride", values.stride, { min: 1 });
const wanted = values.types === "" ? undefined : values.types.split(",");
const known = new Set([...alphabets, ...crashTypes].map(({ type }) => type));
const unknown = wanted?.find((type) => !known.has(type));
if (unknown !== undefined) failWith(`--types: there is no "${unknown}" among ${[...known].join(", ")}.`);
let failed = 0;

function report(type: string, counts: string, failures: readonly string[], startedMs: number): void {
  console.log(`${type.padEnd(10)} ${counts}, ${failures.length} failures, ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  for (const failure of failures) console.log(`  ${failure}`);
  failed += failures.length;
}

console.log(`every history of up to ${replicas} replicas and ${writes} writes, in every order, each write twice`);
for (const alphabet of alphabets.filter(({ type }) => wanted?.includes(type) ?? true)) {
  const startedMs = performance.now();
  const { histories, distinct, orders, failures } = runScope({ alphabet, replicas, writes });
  report(alphabet.type, `${histories} histories, ${distinct} distinct, ${orders} orders`, failures, startedMs);
}

if (operations > 0) {
  console.log(
    `\nevery history of ${operations} operations on two devices of the real engine, with a death at every ${stride === 1 ? "" : `${stride}th `}disk operation`,
  );
  const sqlite = await loadSqlite();
  for (const { type, effects } of crashTypes.filter((crashType) => wanted?.includes(crashType.type) ?? true)) {
    const startedMs = performance.now();
    const { histories, crashes, failures } = await runCrashScope(sqlite, { effects, devices: 2, operations, stride });
    report(type, `${histories} histories, ${crashes} crashes`, failures, startedMs);
  }
}
process.exitCode = failed > 0 ? 1 : 0;

/** The storage suite against the origin's private file system, a directory for each test. */
import { describeStorage } from "@holdfast/conformance";
import { browserRuntime, loadSqlite, openStorage } from "@holdfast/client/web/worker";
import type { SuiteResult } from "./conformance.ts";

const sqlite = await loadSqlite();
const tests: { readonly title: string; readonly body: () => Promise<void> }[] = [];
let storage: Awaited<ReturnType<typeof openStorage>> | undefined;

describeStorage(
  {
    describe: (_title, body) => body(),
    it: (title, body) => tests.push({ title, body }),
  },
  "OPFS",
  () => {
    if (storage === undefined) throw new Error("No storage.");
    const opened = storage;
    if (opened.ephemeral !== undefined) throw new Error(`The storage is ephemeral: ${opened.ephemeral}.`);
    return { open: () => opened.open(), dispose: () => opened.release() };
  },
);

const results: SuiteResult[] = [];
for (const [index, { title, body }] of tests.entries()) {
  storage = await openStorage(sqlite, `conformance-${index}`, browserRuntime, 5_000);
  try {
    await body();
    results.push({ title, failure: "" });
  } catch (error) {
    results.push({ title, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
postMessage(results);

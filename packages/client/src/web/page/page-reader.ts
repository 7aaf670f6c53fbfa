/** `space(…)` of a page: queries are checked here and run at the owner. */
import { type AnySchema, HoldfastError, type SpaceId } from "@holdfast/core";
import { type Runtime, unknownCollection } from "@holdfast/core/engine";
import { composeQuery, emptyPlan, type QueryPlan, type QueryRunner } from "../../query/collection-query.ts";
import type { Completeness, LiveQuery } from "../../query/live.ts";
import { openText, textField } from "../../query/open-text.ts";
import type { AnyRow } from "../../query/rows.ts";
import type { SpaceReader } from "../../replica.ts";
import type { CollectionStatements, Store } from "../../store/store.ts";
import type { PageWriter } from "./page-writer.ts";
import { decode } from "./page-writer.ts";
import { LiveRows } from "./live-rows.ts";
import { LiveRecord } from "./live-record.ts";
import type { Tab } from "./tab.ts";

export interface PageReaderParts {
  readonly tab: Tab;
  /** Of the schema alone: nothing is stored here. */
  readonly store: Store;
  readonly writer: PageWriter;
  readonly runtime: Runtime;
  readonly textGroupMs: number;
  readonly report: (error: unknown) => void;
  readonly completeness: (space: SpaceId) => Completeness;
  /** Throws `closed`, `unknown-space`. */
  readonly check: (space: SpaceId) => void;
}

export function createSpaceReader<S extends AnySchema>(parts: PageReaderParts, space: SpaceId): SpaceReader<S> {
  const collections = Object.create(null) as Record<string, unknown>;
  for (const [name, statements] of parts.store.collections) collections[name] = createCollectionReader(parts, space, statements);
  return new Proxy(Object.freeze(collections), {
    get(target, name) {
      if (typeof name !== "string" || name === "then" || name in target) return Reflect.get(target, name) as unknown;
      throw unknownCollection(name);
    },
  }) as SpaceReader<S>;
}

function createCollectionReader(parts: PageReaderParts, space: SpaceId, statements: CollectionStatements): object {
  const { tab } = parts;
  const collection = statements.name;
  const runner: QueryRunner = {
    async all(plan) {
      parts.check(space);
      const rows = (await tab.call<"all">({ type: "all", space, collection, plan })) as readonly AnyRow[];
      return rows.map((row) => Object.freeze(row));
    },
    async count(plan) {
      parts.check(space);
      return tab.call<"count">({ type: "count", space, collection, plan });
    },
    subscribe: (plan, listener) => subscribe(parts, space, collection, plan, listener),
  };
  return Object.freeze({
    ...composeQuery(runner, statements, emptyPlan),
    get: async (id: string) => {
      parts.check(space);
      const row = (await tab.call<"get">({ type: "get", space, collection, id: String(id) })) as AnyRow | undefined;
      return row === undefined ? undefined : Object.freeze(row);
    },
    openText: (id: string, field: string) => openPageText(parts, space, statements, id, field),
  });
}

function subscribe(
  parts: PageReaderParts,
  space: SpaceId,
  collection: string,
  plan: QueryPlan,
  listener: Parameters<QueryRunner["subscribe"]>[1],
): LiveQuery<AnyRow> {
  parts.check(space);
  const live = new LiveRows();
  const stop = parts.tab.subscribe({
    query: { type: "rows", space, collection, plan },
    restarted: () => live.restart(),
    received(message) {
      if (message.type === "rows-ahead") live.takeAhead(message.rows);
      if (message.type !== "rows") return;
      const result = live.take(message);
      if (result === undefined) return;
      try {
        listener(result.rows, result.change);
      } catch (error) {
        parts.report(error);
      }
    },
  });
  return {
    get rows() {
      return live.rows;
    },
    get completeness() {
      return parts.completeness(space);
    },
    stop,
  };
}

async function openPageText(parts: PageReaderParts, space: SpaceId, statements: CollectionStatements, id: string, field: string) {
  const { tab, runtime, report, textGroupMs, store, writer } = parts;
  parts.check(space);
  textField(statements, field);
  const record = new LiveRecord(tab, { type: "record", space, collection: statements.name, id }, (bytes) => decode(store.lattices, bytes));
  try {
    await record.loaded;
    const opened = openText({
      context: { runtime, report, limits: { textGroupMs } },
      live: { add: (entry) => record.onChange(entry.rerun) },
      space,
      collection: statements,
      id,
      field,
      read: () => record.state,
      write: (run) => writer.write(space, run),
    });
    return {
      ...opened,
      async close() {
        try {
          await opened.close();
        } finally {
          record.stop();
        }
      },
    };
  } catch (error) {
    record.stop();
    throw error instanceof HoldfastError ? error : new Error(String(error), { cause: error });
  }
}

/** What the tests of the hooks share: a real replica in a file, real React, and counts of what is going on. */
import { page } from "./document.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type WriteTransaction, arbitrated, collection, counter, defineSchema, intent, list, register, set, text } from "@holdfast/core";
import type { LiveQuery, Replica } from "@holdfast/client";
import { type NodeReplicaOptions, openReplica } from "@holdfast/client/node";
import { act, createElement, type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { z } from "zod";

export const schema = defineSchema({
  version: 1,
  collections: {
    notes: collection(
      {
        title: register(z.string().max(200), ""),
        pinned: register(z.boolean(), false),
        body: text(),
        tags: set(z.string()),
        checklist: list(z.object({ label: z.string(), done: z.boolean() })),
        opened: counter(),
      },
      { indexes: ["title"] },
    ),
    accounts: collection({ plan: arbitrated(z.enum(["free", "pro"]), "free") }),
  },
  intents: { buyPlan: intent(z.object({ accountId: z.string(), plan: z.enum(["free", "pro"]) })) },
});
export type TestSchema = typeof schema;
export const space = "user:42";

export interface Bed {
  readonly directory: string;
  open(name?: string, options?: Partial<NodeReplicaOptions<TestSchema>>): Promise<Replica<TestSchema>>;
  render(element: ReactNode, strict?: boolean): Promise<Rendered>;
  dispose(): Promise<void>;
}

export interface Rendered {
  readonly text: () => string;
  readonly container: HTMLElement;
  /** Renders with its effects, and returns before anything can have been answered. */
  begin(element: ReactNode): void;
  again(element: ReactNode): Promise<void>;
  unmount(): Promise<void>;
}

export function createBed(): Bed {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-react-"));
  const opened: Replica<TestSchema>[] = [];
  const rendered: Rendered[] = [];
  return {
    directory,
    async open(name = "a", options = {}) {
      const replica = await openReplica({ schema, path: join(directory, `${name}.db`), spaces: [space], ...options });
      opened.push(replica);
      return replica;
    },
    async render(element, strict = false) {
      const container = page.createElement("div");
      page.body.append(container);
      const root = createRoot(container, { onCaughtError: () => undefined });
      const wrap = (child: ReactNode): ReactNode => (strict ? createElement(StrictMode, null, child) : child);
      await act(async () => root.render(wrap(element)));
      const one: Rendered = {
        container,
        text: () => container.textContent,
        begin: (next) => act(() => root.render(wrap(next))),
        again: (next) => act(async () => root.render(wrap(next))),
        unmount: () => act(async () => root.unmount()),
      };
      rendered.push(one);
      return one;
    },
    async dispose() {
      for (const one of rendered) await one.unmount();
      for (const replica of opened) await replica.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Waits for what comes in its own time, with React told of every step. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let waitedMs = 0; !condition(); waitedMs += 5) {
    if (waitedMs > 10_000) throw new Error(`Waited in vain for: ${what}`);
    await act(() => new Promise((resolve) => setTimeout(resolve, 5)));
  }
}

/** A write, with React told of it. */
export async function write<T>(replica: Replica<TestSchema>, run: (tx: WriteTransaction<TestSchema>) => T): Promise<T> {
  let value: T | undefined;
  await act(async () => {
    value = (await replica.write(space, run)).value;
  });
  return value as T;
}

export interface Counts {
  /** Live queries that were begun, and that go on. */
  begun: number;
  going: number;
}

/** The same replica, with its live queries counted. */
export function countLiveQueries(replica: Replica<TestSchema>): { readonly replica: Replica<TestSchema>; readonly counts: Counts } {
  const counts: Counts = { begun: 0, going: 0 };
  const watch = (query: object): object =>
    new Proxy(
      { ...query },
      {
        get(target, name) {
          const found = Reflect.get(target, name) as unknown;
          if (typeof found !== "function") return found;
          return (...parameters: unknown[]) => {
            const answer = (found as (...all: unknown[]) => unknown).apply(target, parameters);
            if (name === "where" || name === "orderBy" || name === "limit") return watch(answer as object);
            if (name !== "subscribe") return answer;
            counts.begun++;
            counts.going++;
            const live = answer as LiveQuery<unknown>;
            return {
              ...live,
              stop() {
                counts.going--;
                live.stop();
              },
            };
          };
        },
      },
    );
  const counted: Replica<TestSchema> = {
    ...replica,
    space: (name) => ({ notes: watch(replica.space(name).notes), accounts: watch(replica.space(name).accounts) }) as never,
  };
  return { replica: counted, counts };
}
